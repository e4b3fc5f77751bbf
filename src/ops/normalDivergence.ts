import * as tf from '@tensorflow/tfjs-core';
import { sameShape } from '../check/index.ts';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels for the moments of normal distributions and their divergence from a normal distribution. A backend may
 * lack them: the functions below then compute the same in plain operations. All tensors are float32; the attributes are `NormalDivergenceAttributes`.
 *
 * - `forward`: `mean` and `logStd`, both [...items, ...shape], to `mean`, the variance, and the divergence [...items]
 * - `gradient`: `mean`, `logStd`, `variance` and the gradients `dDivergence` and, unless they are 0, `dMean` and `dVariance`
 *   to those of `mean` and `logStd`
 */
export const normalDivergenceKernels = {
  forward: 'TfjsBayesianNormalDivergence',
  gradient: 'TfjsBayesianNormalDivergenceGradient',
} as const;

/** The attributes of both kernels. */
export interface NormalDivergenceAttributes {
  /** The mean and the standard deviation of the other distribution. */
  readonly centre: number;
  readonly scale: number;
  /** The number of axes of `shape`. */
  readonly rank: number;
}

/** The inputs of `normalDivergenceKernels.gradient`. */
interface GradientInputs {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly dMean?: tf.Tensor;
  readonly dVariance?: tf.Tensor;
  readonly dDivergence: tf.Tensor;
}

/** The gradients in plain operations, which can be differentiated again. */
const plainGradients = (
  { mean, logStd, dMean, dVariance, dDivergence }: GradientInputs,
  { centre, scale, rank }: NormalDivergenceAttributes,
): tf.Tensor[] => {
  const pull = tf.reshape(dDivergence, [...dDivergence.shape, ...Array<number>(rank).fill(1)]);
  const twice = tf.mul(2, logStd);
  const byMean = tf.mul(tf.div(tf.sub(mean, centre), scale ** 2), pull);
  const byLogStd = tf.mul(tf.expm1(tf.sub(twice, 2 * Math.log(scale))), pull);
  return [
    dMean ? tf.add(dMean, byMean) : byMean,
    dVariance ? tf.add(tf.mul(tf.mul(2, tf.exp(twice)), dVariance), byLogStd) : byLogStd,
  ];
};

const gradients = (inputs: GradientInputs, attrs: NormalDivergenceAttributes): tf.Tensor[] =>
  isDifferentiatedAgain()
    ? plainGradients(inputs, attrs)
    : runKernel<tf.Tensor[]>(normalDivergenceKernels.gradient, { ...inputs }, attrs);

/** The gradient of `normalDivergenceKernels.forward`. */
export const normalDivergenceGradient: tf.GradConfig = {
  kernelName: normalDivergenceKernels.forward,
  inputsToSave: ['mean', 'logStd'],
  outputsToSave: [false, true, false],
  gradFunc: (given, saved, attrs: object) => {
    const [dMean, dVariance, dDivergence] = given as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [mean, logStd, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    // Not inside the functions: the tidy of the first would dispose the result before the second.
    const [byMean, byLogStd] = gradients(
      { mean, logStd, variance, dMean, dVariance, dDivergence },
      attrs as NormalDivergenceAttributes,
    );
    return { mean: () => byMean!, logStd: () => byLogStd! };
  },
};

interface Params {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
}

/** `log(s^2 / s0^2)`. */
const logRatio = (logStd: tf.Tensor, s0: number): tf.Tensor => {
  const doubled = tf.mul(2, logStd);
  return s0 === 1 ? doubled : tf.sub(doubled, 2 * Math.log(s0));
};

/** With a closed-form gradient; the one that TensorFlow.js derives takes three times as many passes over the parameters. */
const plain = ({ mean, logStd }: Params, m0: number, s0: number): tf.Tensor =>
  customGrad((given: tf.Tensor, logs: tf.Tensor) => {
    const off = m0 === 0 ? given : tf.sub(given, m0);
    const distance = tf.mul(tf.sum(tf.square(s0 === 1 ? off : tf.div(off, s0))), 0.5);
    const ratio = logRatio(logs, s0);
    return {
      value: tf.add(tf.mul(tf.sum(tf.sub(tf.expm1(ratio), ratio)), 0.5), distance),
      saved: [given, logs],
      gradient: (dy, [m, s]) => {
        const away = m0 === 0 ? m : tf.sub(m, m0);
        return [tf.mul(away, tf.mul(dy, 1 / s0 ** 2)), tf.mul(tf.expm1(logRatio(s, s0)), dy)];
      },
    };
  })(mean, logStd);

const hasKernels = ({ mean, logStd }: Params): boolean =>
  [mean, logStd].every(({ dtype }) => dtype === 'float32') &&
  sameShape(mean.shape, logStd.shape) &&
  hasKernel(normalDivergenceKernels.forward);

type Outputs = [mean: tf.Tensor, variance: tf.Tensor, divergence: tf.Tensor];

const fused = (params: Params, attrs: NormalDivergenceAttributes): tf.Tensor =>
  customGrad((mean: tf.Tensor, logStd: tf.Tensor) => {
    const inputs = { mean, logStd };
    const [, spread, value] = runKernel<tf.Tensor[]>(
      normalDivergenceKernels.forward,
      inputs,
      attrs,
    ) as Outputs;
    return {
      value,
      saved: [mean, logStd, spread],
      gradient: (dDivergence, [m, s, variance]) =>
        gradients({ mean: m, logStd: s, variance, dDivergence }, attrs),
    };
  })(params.mean, params.logStd);

/**
 * The divergence of normal distributions from `N(centre, scale^2)`, summed, in nats:
 * `(e^x - 1 - x + ((mean - centre) / scale)^2) / 2` with `x = 2 (logStd - log scale)`. Only this function and
 * `divergenceWithMoments` choose between a kernel and plain operations.
 *
 * @example
 * divergenceFromNumbers({ mean: tf.ones([3]), logStd: tf.zeros([3]) }, 0, 1); // 1.5
 */
export const divergenceFromNumbers = (params: Params, centre: number, scale: number): tf.Tensor =>
  hasKernels(params)
    ? fused(params, { centre, scale, rank: params.mean.rank })
    : plain(params, centre, scale);

/** The moments of normal distributions, and their divergence from one, summed, in nats. */
export interface DivergenceWithMoments {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly divergence: tf.Tensor;
}

/**
 * The same divergence with the moments of the distributions: a kernel computes all of it in one pass over the parameters, and
 * their gradients in another.
 *
 * @example
 * const { variance, divergence } = divergenceWithMoments({ mean, logStd }, 0, 1);
 */
export const divergenceWithMoments = (
  params: Params,
  centre: number,
  scale: number,
): DivergenceWithMoments => {
  const { mean, logStd } = params;
  if (!hasKernels(params))
    return { mean, variance: tf.exp(tf.mul(2, logStd)), divergence: plain(params, centre, scale) };
  const attrs: NormalDivergenceAttributes = { centre, scale, rank: mean.rank };
  const outputs = runKernel<tf.Tensor[]>(normalDivergenceKernels.forward, { mean, logStd }, attrs);
  const [same, variance, divergence] = outputs as Outputs;
  return { mean: same, variance, divergence };
};
