import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { customGrad } from '../ops/customGrad.ts';
import { isTensor } from '../tree/index.ts';

/** Mean and spread of the samples so far, element by element; `count` is 0 before the first. */
export interface SampleMoments {
  readonly count: number;
  /** The first sample, subtracted from the others: large, nearly equal numbers keep the precision of their differences. */
  readonly origin: tf.Tensor;
  /** The mean distance from the origin. */
  readonly offset: tf.Tensor;
  /** The sum of squared distances from the mean. */
  readonly squares: tf.Tensor;
}

/**
 * The mean of two groups from the mean of each; `share` is the second's fraction of both.
 *
 * @example
 * merged(tf.scalar(1), tf.scalar(4), 1 / 3); // 2
 */
export const merged = (first: tf.Tensor, second: tf.Tensor, share: number): tf.Tensor =>
  tf.add(first, tf.mul(tf.sub(second, first), share));

/**
 * The first sample, with non-finite numbers replaced by 0. No result depends on it, so it has no gradient.
 */
const chooseOrigin = customGrad((samples: tf.Tensor) => {
  const first = tf.squeeze(tf.slice(samples, 0, 1), [0]);
  return {
    value: tf.where(tf.equal(tf.sub(first, first), 0), first, tf.zerosLike(first)),
    gradient: () => tf.zerosLike(samples),
  };
});

/**
 * Mean and variance over samples, in groups of any size: the parts of a fold for `foldSamples`. Groups are merged by the
 * rule of Chan, Golub and LeVeque (1983), with differences taken from the first sample, so the spread of outputs near 1e6
 * is as exact as the outputs are. The variance divides by the number of samples and is never negative.
 *
 * @throws Error in `add` if the samples are not a tensor with a sample axis
 * @example
 * const { zero, add, mean, variance } = sampleMoments;
 * const two = add(add(zero(), tf.tensor2d([[1], [2]])), tf.tensor2d([[6]]));
 * console.log(mean(two).dataSync()[0]); // 3
 * console.log(variance(two).dataSync()[0]?.toFixed(3)); // 4.667
 */
export const sampleMoments = {
  zero: (): SampleMoments => ({
    count: 0,
    origin: tf.scalar(0),
    offset: tf.scalar(0),
    squares: tf.scalar(0),
  }),
  add: (known: SampleMoments, samples: tf.Tensor): SampleMoments => {
    const size = isTensor(samples) ? (samples.shape[0] ?? 0) : 0;
    if (size === 0)
      return invalidArgument(
        'sampleMoments.add: samples',
        'a tensor with samples on its first axis',
        samples,
      );
    const origin = known.count === 0 ? chooseOrigin(samples) : known.origin;
    const own = tf.tidy(() => {
      const distances = tf.sub(samples, origin);
      const offset = tf.div(tf.sum(distances, 0), size);
      return { offset, squares: tf.sum(tf.square(tf.sub(distances, offset)), 0) };
    });
    if (known.count === 0) return { count: size, origin, ...own };
    const count = known.count + size;
    const between = tf.mul(tf.square(tf.sub(own.offset, known.offset)), (known.count * size) / count);
    return {
      count,
      origin,
      offset: merged(known.offset, own.offset, size / count),
      squares: tf.add(tf.add(known.squares, own.squares), between),
    };
  },
  /** The mean. */
  mean: (moments: SampleMoments): tf.Tensor => tf.add(moments.origin, moments.offset),
  /** The variance about the mean. */
  variance: (moments: SampleMoments): tf.Tensor => tf.div(moments.squares, Math.max(moments.count, 1)),
} as const;
