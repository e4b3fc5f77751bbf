import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import type { Unary } from './core/part.ts';

/** Options of `flatten`. */
export interface FlattenOptions {
  /**
   * Flatten channels first, as in PyTorch: `[batch, ...space, channels]` is flattened as `[batch, channels, ...space]`.
   * The weights of the next layer are then in PyTorch's order. Default false.
   */
  readonly channelsFirst?: boolean;
}

const optionNames: OptionNames<FlattenOptions> = { channelsFirst: true };

const firstChannels = (x: tf.Tensor): tf.Tensor => {
  const last = x.rank - 1;
  return last < 2 ? x : tf.transpose(x, [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)]);
};

/**
 * Joins all axes but the first, the batch: `[batch, ...]` to `[batch, features]`.
 *
 * @throws Error if `channelsFirst` is neither true nor false; when called, for a scalar
 * @example
 * const net = sequential(flatten(), linear(784, 10));
 */
export const flatten = (options: FlattenOptions = {}): Unary => {
  const { channelsFirst = false } = knownOptions('flatten', options, optionNames);
  if (typeof channelsFirst !== 'boolean')
    invalidArgument('flatten: channelsFirst', 'true or false', channelsFirst);
  return (x) => {
    if (!isTensor(x) || x.rank === 0) invalidArgument('flatten: input', 'a tensor with a batch axis', x);
    const [rows = 1, ...features] = x.shape;
    return tf.reshape(channelsFirst ? firstChannels(x) : x, [rows, tf.util.sizeFromShape(features)]);
  };
};
