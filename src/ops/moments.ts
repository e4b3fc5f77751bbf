import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels for means and variances. A backend may lack them: `moments` then computes the same in plain
 * operations. All tensors are float32.
 *
 * - `forward`: `x` [rows, positions, channels] to [rows, 2, channels]: the mean over the positions, and the variance, which
 *   divides by their number
 * - `gradient`: `dy` and `moments` like that result, and `x`, to the gradient of `x`
 */
export const momentsKernels = {
  forward: 'TfjsBayesianMoments',
  gradient: 'TfjsBayesianMomentsGradient',
} as const;

/** The mean over the positions of each row, and the variance, each of shape [rows, channels]. */
export interface Moments {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

const plain = (x: tf.Tensor): Moments => {
  const deviation = tf.sub(x, tf.mean(x, 1, true));
  return { mean: tf.mean(x, 1), variance: tf.mean(tf.square(deviation), 1) };
};

/** The gradient in plain operations, which can be differentiated again. */
const plainGradient = (dy: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const [dMean, dVariance] = tf.split(dy, 2, 1) as [tf.Tensor, tf.Tensor];
  const deviation = tf.sub(x, tf.mean(x, 1, true));
  return tf.div(tf.add(dMean, tf.mul(tf.mul(2, dVariance), deviation)), x.shape[1] ?? 1);
};

const fused = customGrad((given: tf.Tensor) => {
  const value = runKernel(momentsKernels.forward, { x: given }, {});
  return {
    value,
    saved: [given, value],
    gradient: (dy, [x, found]) =>
      isDifferentiatedAgain()
        ? plainGradient(dy, x)
        : runKernel(momentsKernels.gradient, { dy, x, moments: found }, {}),
  };
});

/**
 * The mean over the positions of each row, and the variance, which divides by their number. Only this function chooses between
 * a kernel and plain operations.
 *
 * @param x of shape [rows, positions, channels]
 * @example
 * const { mean, variance } = moments(tf.tensor3d([[[1], [3]]])); // 2 and 1
 */
export const moments = (x: tf.Tensor): Moments => {
  if (x.dtype !== 'float32' || !hasKernel(momentsKernels.forward)) return plain(x);
  const [mean, variance] = tf.unstack(fused(x), 1) as [tf.Tensor, tf.Tensor];
  return { mean, variance };
};
