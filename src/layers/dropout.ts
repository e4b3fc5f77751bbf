import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import * as random from '../random/index.ts';
import { isTensor } from '../tree/index.ts';
import { layer } from './core/layer.ts';
import type { Layer, Unary } from './core/part.ts';
import { randomKey } from './core/variable.ts';

/**
 * Sets each element to 0 with probability `rate` and scales the rest by `1 / (1 - rate)` (Srivastava et al.
 * 2014). It is active whenever the network is sampled, also in predictions, and off in `posteriorMean`.
 *
 * @throws Error if `rate` is not in [0, 1)
 * @example
 * const net = sequential(linear(784, 64), tf.relu, dropout(0.1), linear(64, 10));
 */
export const dropout = (rate: number): Layer<Record<never, never>, Unary> => {
  if (!(typeof rate === 'number' && rate >= 0 && rate < 1))
    invalidArgument('dropout: rate', 'a number in [0, 1)', rate);
  const keep = 1 - rate;
  return layer({ key: randomKey }, ({ key }) => (x: tf.Tensor): tf.Tensor => {
    if (!isTensor(x)) invalidArgument('dropout: input', 'a tensor', x);
    return key === null ? x : tf.mul(x, tf.div(random.bernoulli(key, x.shape, { p: keep }), keep));
  });
};
