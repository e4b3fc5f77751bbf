/**
 * Figures as SVG: training curves, predictive bands, maps and histograms of uncertainty.
 *
 * @module
 */

export type { FileHandle, Target } from '../files/index.ts';
export type { PredictiveBandOptions } from './bandFigure.ts';
export type { Display, NotebookDisplay } from './display.ts';
export type { Figure } from './figure.ts';
export { type Grid, type GridOptions, grid } from './grid.ts';
export { type CoverageNumbers, type IntervalCoverageOptions, intervalCoverage } from './intervalCoverage.ts';
export {
  type LiveEpoch,
  type LiveStep,
  type LiveTraining,
  type LiveTrainingOptions,
  liveTraining,
} from './liveTraining.ts';
export type { UncertaintyMapOptions } from './mapFigure.ts';
export type { NumberList, Numbers } from './numbers.ts';
export type { FigureOptions } from './options.ts';
export { type PictureData, type PicturesOptions, pictures } from './pictures.ts';
export { type PitHistogramOptions, pitHistogram } from './pitHistogram.ts';
export { type BandData, type DataPoints, predictiveBand } from './predictiveBand.ts';
export {
  type PriorFunctions,
  type PriorPredictiveFigureOptions,
  priorPredictive,
} from './priorPredictive.ts';
export { type PruningNumbers, type PruningOptions, pruning } from './pruning.ts';
export {
  type CalibrationNumbers,
  type ReliabilityDiagramOptions,
  reliabilityDiagram,
} from './reliabilityDiagram.ts';
export { type RiskCoverageNumbers, type RiskCoverageOptions, riskCoverage } from './riskCoverage.ts';
export { save, type Unwritable } from './save.ts';
export type { ScaleKind } from './scale.ts';
export { show } from './show.ts';
export { type SideBySideOptions, sideBySide } from './sideBySide.ts';
export { type SignalToNoiseOptions, signalToNoise } from './signalToNoise.ts';
export type { Theme } from './theme.ts';
export { type TrainingCurvesOptions, type TrainingHistory, trainingCurves } from './trainingCurves.ts';
export { type UncertaintyHistogramsOptions, uncertaintyHistograms } from './uncertaintyHistograms.ts';
export { type MapData, uncertaintyMap } from './uncertaintyMap.ts';
export { type WeightHistogramsOptions, weightHistograms } from './weightHistograms.ts';
