/**
 * Priors, posteriors and likelihoods, closed-form divergences, and functions to define your own.
 *
 * @module
 */

export { type ArdOptions, ard } from './ard.ts';
export { type BernoulliLikelihood, type BernoulliOptions, bernoulli } from './bernoulli.ts';
export { type CategoricalLikelihood, type CategoricalOptions, categorical } from './categorical.ts';
export { type Divergence, divergence } from './divergence.ts';
export { flat } from './flat.ts';
export { foldSamples, type SampleFold, type SampleFoldParts } from './foldSamples.ts';
export { type FullNormalOptions, type FullNormalParams, fullNormal } from './fullNormal.ts';
export { type GaussianLikelihood, type GaussianOptions, gaussian, type NoisyOutput } from './gaussian.ts';
export { type LaplaceOptions, laplace } from './laplace.ts';
export {
  type Interval,
  type Likelihood,
  likelihood,
  type NotAPrior,
  type Predictive,
  type Uncertainty,
} from './likelihood.ts';
export { type LowRankNormalOptions, type LowRankNormalParams, lowRankNormal } from './lowRankNormal.ts';
export { type NormalDistribution, type NormalOptions, type NormalParams, normal } from './normal.ts';
export { type PointMassParams, pointMass } from './pointMass.ts';
export { type PoissonLikelihood, type PoissonOptions, poisson } from './poisson.ts';
export {
  type FusedSampler,
  type Posterior,
  type PosteriorLike,
  type Product,
  type Pruning,
  posterior,
  type SamplerWithLogProb,
  type SampleWithLogProb,
} from './posterior.ts';
export type { Settings } from './prior.ts';
export { type Prior, type PriorLike, prior, type Quadratic } from './prior.ts';
export { type QuietOptions, quiet } from './quiet.ts';
export { type SampleMoments, sampleMoments } from './sampleMoments.ts';
export { type ScaleMixtureOptions, scaleMixture } from './scaleMixture.ts';
export {
  type StudentTDistribution,
  type StudentTOptions,
  type StudentTParams,
  studentT,
} from './studentT.ts';
export type { TargetCdf } from './targetFolds.ts';
