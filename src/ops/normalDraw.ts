import { engine, type GradConfig, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The name of a kernel that draws weights from normal distributions and sums both of their log densities, in one pass.
 * It takes the float32 tensors `mean` and `logStd`, of one shape, and returns the draws `[keys, ...]`, the sums under
 * the posterior `[keys]` and those under the prior `[keys]`. A backend may lack it: src/distributions/normal.ts has
 * the same formulas in plain operations.
 */
export const normalDrawKernel = 'TfjsBayesianNormalDraw';

/**
 * The name of the kernel of its gradient. It takes `mean`, `logStd`, the draws `weights` and the gradients `dWeights`,
 * `dPosterior` and `dPrior` of the first kernel's outputs, and returns those of `mean` and `logStd`.
 */
export const normalDrawGradientKernel = 'TfjsBayesianNormalDrawGradient';

/** The attributes of both kernels. */
export interface NormalDrawAttributes {
  /** The two words of each key, consecutively. */
  readonly words: readonly number[];
  /** A log density under the posterior is `each - logStd - (w - mean)^2 / (2 (std^2 + eps))`. */
  readonly eps: number;
  readonly each: number;
  /** A log density under the prior is `priorEach - precision (w - centre)^2 / 2`. */
  readonly centre: number;
  readonly precision: number;
  readonly priorEach: number;
  /** Whether the sums are used; if not, a backend that computes them separately may return zeros. */
  readonly scored: boolean;
}

/** The gradient of `normalDrawKernel`, for every backend that has both kernels. */
export const normalDrawGradient: GradConfig = {
  kernelName: normalDrawKernel,
  inputsToSave: ['mean', 'logStd'],
  outputsToSave: [true, false, false],
  gradFunc: (given, saved, attrs) => {
    const [dWeights, dPosterior, dPrior] = given as Tensor[];
    const [mean, logStd, weights] = saved;
    const inputs = { mean, logStd, weights, dWeights, dPosterior, dPrior } as Record<string, Tensor>;
    // Not inside the functions: the tidy of the first would dispose the result before the second.
    const [dMean, dLogStd] = engine().runKernel<Tensor[]>(normalDrawGradientKernel, inputs, attrs);
    return { mean: () => dMean!, logStd: () => dLogStd! };
  },
};
