import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain, savedOutput } from './gradients/savedOutput.ts';
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
  /** Whether the mean is subtracted; otherwise it counts as 0, and the variance is the mean square. */
  readonly centred: boolean;
}

/** The tensors that scale and shift the standardized numbers, of shape [channels]. */
export interface NormTensors {
  readonly weight?: tf.Tensor | undefined;
  readonly bias?: tf.Tensor | undefined;
}

/** The groups of each row along some axes: with a single position each group is a row. */
const grouped = (x: tf.Tensor, groups: number): { readonly each: tf.Tensor; readonly axes: number[] } => {
  const [rows = 1, positions = 1, channels = 1] = x.shape;
  const depth = channels / groups;
  return positions === 1
    ? { each: tf.reshape(x, [rows * groups, depth]), axes: [1] }
    : { each: tf.reshape(x, [rows, positions, groups, depth]), axes: [1, 3] };
};

const moments = (axes: number[], { eps, centred }: Pick<GroupNormAttributes, 'eps' | 'centred'>) => {
  const mean = (of: tf.Tensor): tf.Tensor => tf.mean(of, axes, true);
  const centre = (of: tf.Tensor): tf.Tensor => (centred ? tf.sub(of, mean(of)) : of);
  const inverseScale = (deviation: tf.Tensor): tf.Tensor => tf.rsqrt(tf.add(mean(tf.square(deviation)), eps));
  return { mean, centre, inverseScale };
};

/**
 * `(x - mean) / sqrt(variance + eps)` in plain operations. The gradient is given in closed form,
 * `(dy - mean dy - y mean(dy y)) / std`: a third of the passes over the tensor that the derived one would take.
 */
const standardize = (x: tf.Tensor, attrs: GroupNormAttributes): tf.Tensor => {
  const { each, axes } = grouped(x, attrs.groups);
  const { mean, centre, inverseScale } = moments(axes, attrs);
  const standardized = customGrad((given: tf.Tensor) => {
    const deviation = centre(given);
    const inverse = inverseScale(deviation);
    const value = tf.mul(deviation, inverse);
    return {
      value,
      saved: [given, value, inverse],
      gradient: (dy, [input, output, constant]) => {
        const y = savedOutput(output);
        // In nested differentiation the scale has to be a function of the input.
        const scale = isDifferentiatedAgain() ? inverseScale(centre(input)) : constant;
        return tf.mul(tf.sub(centre(dy), tf.mul(y, mean(tf.mul(dy, y)))), scale);
      },
    };
  })(each);
  return tf.reshape(standardized, x.shape);
};

const plain = (x: tf.Tensor, { weight, bias }: NormTensors, attrs: GroupNormAttributes): tf.Tensor => {
  const y = standardize(x, attrs);
  const scaled = weight === undefined ? y : tf.mul(y, weight);
  return bias === undefined ? scaled : tf.add(scaled, bias);
};

/** The gradients of `x`, `weight` and `bias` in plain operations, which can be differentiated again. */
const plainGradients = (
  dy: tf.Tensor,
  x: tf.Tensor,
  weight: tf.Tensor,
  attrs: GroupNormAttributes,
): tf.Tensor[] => {
  const { each, axes } = grouped(x, attrs.groups);
  const { mean, centre, inverseScale } = moments(axes, attrs);
  const deviation = centre(each);
  const inverse = inverseScale(deviation);
  const y = tf.mul(deviation, inverse);
  const slope = tf.reshape(tf.mul(dy, weight), y.shape);
  const dx = tf.mul(tf.sub(centre(slope), tf.mul(y, mean(tf.mul(slope, y)))), inverse);
  return [tf.reshape(dx, x.shape), tf.sum(tf.mul(dy, tf.reshape(y, x.shape)), [0, 1]), tf.sum(dy, [0, 1])];
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
 * @example
 * const y = normalizeGroups(x, { weight: tf.ones([8]) }, { groups: 4, eps: 1e-5, centred: true });
 */
export const normalizeGroups = (x: tf.Tensor, own: NormTensors, attrs: GroupNormAttributes): tf.Tensor => {
  const channels = x.shape.at(-1) ?? 1;
  const { weight = tf.ones([channels]), bias = tf.zeros([channels]) } = own;
  return isFused(x, weight, bias) ? fused(x, weight, bias, attrs) : plain(x, own, attrs);
};
