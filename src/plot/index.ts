/**
 * Figures as specifications for Observable Plot: training curves, predictive bands, maps and histograms of uncertainty.
 *
 * @module
 */

export type { FileHandle, Target } from '../files/index.ts';
export type { BandOptions, DataPoints } from './band.ts';
export type { ScaleKind } from './curves.ts';
export type { Figure, FigureOptions, Interval, Mark, Panels, Scale, Swatch } from './figure.ts';
export { type Grid, type GridOptions, grid } from './grid.ts';
export type { HistogramOptions } from './histogram.ts';
export { type CoverageNumbers, intervalCoverage } from './intervalCoverage.ts';
export {
  type LiveEpoch,
  type LiveStep,
  type LiveTraining,
  type LiveTrainingOptions,
  liveTraining,
} from './liveTraining.ts';
export type { NumberList, Numbers } from './numbers.ts';
export { type PictureData, type PicturesOptions, pictures } from './pictures.ts';
export { pitHistogram } from './pitHistogram.ts';
export { type BandData, type PredictiveBandOptions, predictiveBand } from './predictiveBand.ts';
export {
  type PriorFunctions,
  priorPredictive,
} from './priorPredictive.ts';
export { type PruningNumbers, pruning } from './pruning.ts';
export {
  type CalibrationNumbers,
  reliabilityDiagram,
} from './reliabilityDiagram.ts';
export { type RiskCoverageNumbers, riskCoverage } from './riskCoverage.ts';
export { save, type Unwritable } from './save.ts';
export { type Display, type NotebookDisplay, show } from './show.ts';
export { type SideBySideOptions, sideBySide } from './sideBySide.ts';
export { type SignalToNoiseOptions, signalToNoise } from './signalToNoise.ts';
export { type Drawable, svg } from './svg.ts';
export type { Theme } from './theme.ts';
export { type TrainingCurvesOptions, type TrainingHistory, trainingCurves } from './trainingCurves.ts';
export { uncertaintyHistograms } from './uncertaintyHistograms.ts';
export { type MapData, type UncertaintyMapOptions, uncertaintyMap } from './uncertaintyMap.ts';
export { type WeightHistogramsOptions, weightHistograms } from './weightHistograms.ts';
