import * as tf from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../backend/adamKernel.ts';
import { runKernel } from '../backend/engine.ts';
import { hasKernel } from '../backend/hasKernel.ts';

/** What a step of Adam makes of the moments and the gradient of one tensor. */
export interface AdamStep {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
  readonly direction: tf.Tensor;
}

/** Functions of the moments and the gradient of one tensor. */
type Step = (first: tf.Tensor, second: tf.Tensor, gradient: tf.Tensor, numbers: AdamNumbers) => AdamStep;

const towards = (mean: tf.Tensor, value: tf.Tensor, rate: number): tf.Tensor =>
  tf.add(mean, tf.mul(tf.sub(value, mean), rate));

const plain: Step = (m, v, g, { rate1, rate2, coarse, tiny, scale, epsilon }) => {
  const first = tf.sub(tf.add(towards(m, g, rate1), coarse), coarse);
  const moved = tf.add(tf.mul(v, 1 - Math.fround(rate2)), tf.mul(tf.square(g), rate2));
  // A step has a gradient, which a comparison lacks. The difference from `tiny` may be denormal, which a GPU takes for 0.
  const second = tf.mul(moved, tf.step(tf.sub(tf.mul(moved, 1 / tiny), 1)));
  const root = tf.mul(tf.sqrt(tf.maximum(second, tiny)), scale);
  // What is infinite less itself is NaN.
  const direction = tf.div(first, tf.add(root, tf.add(tf.sub(moved, moved), epsilon)));
  return { first, second, direction };
};

const inOnePass: Step = (first, second, gradient, numbers) => {
  const outputs = runKernel<tf.Tensor[]>(adamKernel, { first, second, gradient }, numbers);
  const [nextFirst, nextSecond, direction] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { first: nextFirst, second: nextSecond, direction };
};

/** A kernel has no gradient of its own, so under `tf.grad` the plain operations run. */
const differentiating = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * The moments moved towards the gradient and its square, and the direction that they give. Which way this is computed is
 * decided here alone; the results are the same but for NaN's, to the last bit unless a GPU takes several steps in one.
 *
 * @example
 * const { direction } = adamStep(first, second, gradient, numbers);
 */
export const adamStep: Step = (first, second, gradient, numbers) => {
  const floats = [first, second, gradient].every(({ dtype }) => dtype === 'float32');
  const fused = floats && !differentiating() && hasKernel(adamKernel);
  return (fused ? inOnePass : plain)(first, second, gradient, numbers);
};
