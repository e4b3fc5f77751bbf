import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
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
    misuse(argument, `a tensor of shape [batch, ${one}] or [${one}]`, x);
  }
  if (x.rank === axes + 2) return f(x);
  const one = f(tf.expandDims(x, 0));
  return tf.reshape(one, one.shape.slice(1));
};
