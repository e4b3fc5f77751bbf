import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

const axisNames = ['', 'length', 'height, width', 'depth, height, width'];

/**
 * Runs a function of `[batch, ...sizes, channels]` on such a tensor, or on one without the batch axis.
 *
 * @param axes how many sizes there are
 * @param channels how many channels the tensor must have, if that matters
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
 * Refuses what is no sequence of the features that a layer was made for.
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
