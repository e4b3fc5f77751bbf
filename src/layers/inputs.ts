import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

const axisNames = ['', 'length', 'height, width', 'depth, height, width'];

/**
 * Applies a function of `[batch, ...sizes, channels]` to such a tensor, or to one without the batch axis.
 *
 * @param axes the number of sizes
 * @param channels the required number of channels, if any
 * @throws Error naming the argument for another rank or other channels
 * @example
 * const y = batchedInput('conv2d: input', 2, x, (images) => tf.maxPool(images, 2, 2, 'valid'));
 */
export const batchedInput = (
  argument: string,
  axes: number,
  x: tf.Tensor,
  f: (x: tf.Tensor) => tf.Tensor,
  channels?: number,
): tf.Tensor => {
  const fits =
    isTensor(x) &&
    (x.rank === axes + 1 || x.rank === axes + 2) &&
    (channels === undefined || x.shape.at(-1) === channels);
  if (!fits) {
    const one = `${axisNames[axes]}, ${channels ?? 'channels'}`;
    invalidArgument(argument, `a tensor of shape [batch, ${one}] or [${one}]`, x);
  }
  if (x.rank === axes + 2) return f(x);
  const one = f(tf.expandDims(x, 0));
  return tf.reshape(one, one.shape.slice(1));
};

/**
 * Rejects a tensor that is not a sequence with the given number of features.
 *
 * @throws Error naming the argument
 * @example
 * checkSequence('transformer: src', tf.zeros([2, 5, 8]), 8);
 */
export const checkSequence = (argument: string, x: Tensor, features: number): void => {
  if (!isTensor(x) || (x.rank !== 2 && x.rank !== 3) || x.shape.at(-1) !== features) {
    invalidArgument(
      argument,
      `a tensor [batch, length, ${features}], or [length, ${features}] without a batch`,
      x,
    );
  }
};
