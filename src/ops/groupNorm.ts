import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels that standardize groups of channels, scale and shift them. A backend may lack them: `groupNorm` then
 * computes the same in plain operations. All tensors are float32; the attributes are `GroupNormAttributes`.
 *
 * - `forward`: `x` [rows, positions, channels], `weight` and `bias` [weights, channels], each for `rows / weights` consecutive
 *   rows, to the result like `x`, and the `mean` and the `inverse` standard deviation of each group, [rows, groups]
 * - `gradient`: `dy` like `x`, `x`, `weight`, `mean` and `inverse` to the gradients of `x`, `weight` and `bias`
 */
export const groupNormKernels = {
  forward: 'TfjsBayesianGroupNorm',
  gradient: 'TfjsBayesianGroupNormGradient',
} as const;

/** The attributes of both kernels. */
export interface GroupNormAttributes {
  readonly groups: number;
  /** Added to the variance. */
  readonly eps: number;
}

/** `(x - mean) / sqrt(variance + eps)`, and its factor, in plain operations. */
const plainStandardized = (x: tf.Tensor, { groups, eps }: GroupNormAttributes) => {
  const [rows = 1, positions = 1, channels = 1] = x.shape;
  const given = tf.reshape(x, [rows, positions, groups, channels / groups]);
  const deviation = tf.sub(given, tf.mean(given, [1, 3], true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(deviation), [1, 3], true), eps));
  return { standardized: tf.mul(deviation, inverse), inverse };
};

/** The gradients of `x`, `weight` and `bias` in plain operations: `(dy - mean dy - y mean(dy y)) / std`. */
const plainGradients = (
  dy: tf.Tensor,
  x: tf.Tensor,
  weight: tf.Tensor,
  attrs: GroupNormAttributes,
): tf.Tensor[] => {
  const { standardized, inverse } = plainStandardized(x, attrs);
  const mean = (of: tf.Tensor): tf.Tensor => tf.mean(of, [1, 3], true);
  const slope = tf.reshape(tf.mul(dy, weight), standardized.shape);
  const along = tf.mul(standardized, mean(tf.mul(slope, standardized)));
  const dx = tf.mul(tf.sub(tf.sub(slope, mean(slope)), along), inverse);
  return [
    tf.reshape(dx, x.shape),
    tf.sum(tf.mul(dy, tf.reshape(standardized, x.shape)), [0, 1]),
    tf.sum(dy, [0, 1]),
  ];
};

/** Whether the backend has `groupNormKernels` for these tensors. */
const isFused = (...tensors: readonly tf.Tensor[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32') && hasKernel(groupNormKernels.forward);

const row = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [1, -1]);

const fused = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, attrs: GroupNormAttributes): tf.Tensor =>
  customGrad((given: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
    const inputs = { x: given, weight: row(scale), bias: row(shift) };
    const [value, mean, inverse] = runKernel<tf.Tensor[]>(groupNormKernels.forward, inputs, attrs) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return {
      value,
      saved: [given, scale, mean, inverse],
      gradient: (dy, [input, factor, means, inverses]) => {
        if (isDifferentiatedAgain()) return plainGradients(dy, input, factor, attrs);
        const known = { dy, x: input, weight: row(factor), mean: means, inverse: inverses };
        const [dx, dWeight, dBias] = runKernel<tf.Tensor[]>(groupNormKernels.gradient, known, attrs) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        return [dx, tf.reshape(dWeight, factor.shape), tf.reshape(dBias, factor.shape)];
      },
    };
  })(x, weight, bias);

/**
 * Standardizes groups of channels over all positions of a row, then scales and shifts each channel. Only this function
 * chooses between a kernel and plain operations.
 *
 * @param x of shape [rows, positions, channels]
 * @param weight of shape [channels]
 * @param bias of shape [channels]
 * @returns the kernel's result, or `undefined` where the backend has none
 * @example
 * const y = fusedGroupNorm(x, tf.ones([8]), tf.zeros([8]), { groups: 4, eps: 1e-5 });
 */
export const fusedGroupNorm = (
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  attrs: GroupNormAttributes,
): tf.Tensor | undefined => (isFused(x, weight, bias) ? fused(x, weight, bias, attrs) : undefined);
