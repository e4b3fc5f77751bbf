/**
 * `bayesian`, estimators, and the functions that turn a model into a loss.
 *
 * @module
 */

export type { Missing, Refused } from '../check/index.ts';
export { bayesian, type DefaultParams, type NotALayer, type Params } from './bayesian.ts';
export {
  type Compiled,
  type CompiledFunction,
  type CompileOptions,
  type CompileReport,
  compile,
} from './compile.ts';
export { type Batch, type ElboOptions, type ElboParts, elbo, type Loss, type WithTerms } from './elbo.ts';
export { type EnsembleOptions, ensemble } from './ensemble.ts';
export { type Estimator, type Moments, type Pass, type Sample, weightSampling } from './estimator.ts';
export { flipout } from './flipout.ts';
export { type FromWeightsOptions, fromWeights, type OneSpread, type WeightTree } from './fromWeights.ts';
export {
  type HamiltonianMonteCarloOptions,
  hamiltonianMonteCarlo,
  type WeightSamples,
} from './hamiltonianMonteCarlo.ts';
export { localReparametrization, noisyOutput } from './localReparametrization.ts';
export { type LogJoint, logJoint } from './logJoint.ts';
export { type Ensemble, type Model, modelOf } from './model.ts';
export type { NotBayesian } from './modelArgument.ts';
export {
  type OptionsAt,
  type Overridden,
  type Overrides,
  override,
  type PosteriorParamsIn,
} from './override.ts';
export { pipe } from './pipe.ts';
export { posteriorAsPrior } from './posteriorAsPrior.ts';
export { posteriorMean } from './posteriorMean.ts';
export { type PriorPredictiveOptions, priorPredictive } from './priorPredictive.ts';
export {
  type KeptElements,
  type ModelScore,
  type Pruned,
  type PruneOptions,
  type PruningReport,
  prune,
} from './prune.ts';
export { stickTheLanding } from './stickTheLanding.ts';
export type {
  Ensembled,
  LogProbs,
  MemberFunction,
  Sampled,
  Stochastic,
  WithDivergence,
  WithLogProbs,
} from './stochastic.ts';
export { type LossParts, valueAndGrad } from './valueAndGrad.ts';
export { type SampleOptions, vmapSamples } from './vmapSamples.ts';
export {
  type DivergenceOptions,
  type Diverging,
  type DivergingOf,
  withDivergence,
} from './withDivergence.ts';
export { withLogProbs } from './withLogProbs.ts';
