import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain, savedOutput } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The name of a kernel of the gradient of a softmax over the last axis. It takes the float32 tensors `y`, the softmax, and `dy`,
 * its gradient, and returns the gradient of the logits. A backend may lack it: `softmaxGradient` then computes the same in
 * plain operations.
 */
export const softmaxGradientKernel = 'TfjsBayesianSoftmaxGradient';

/**
 * The gradient of a softmax: `(dy - sum(dy y)) y`. Only this function chooses between a kernel and plain operations.
 *
 * @param saved the softmax, as the tape saved it
 * @param dim the axis, which is the last one
 * @example
 * const dx = softmaxGradient(dy, tf.softmax(x), x.rank - 1);
 */
export const softmaxGradient = (dy: tf.Tensor, saved: tf.Tensor, dim: number): tf.Tensor => {
  const isFused = dim === saved.rank - 1 && !isDifferentiatedAgain() && hasKernel(softmaxGradientKernel);
  if (isFused) return runKernel(softmaxGradientKernel, { y: saved, dy }, {});
  const y = savedOutput(saved);
  const own = tf.mul(dy, y);
  return tf.sub(own, tf.mul(tf.sum(own, [dim], true), y));
};
