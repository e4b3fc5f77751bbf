import * as tf from '@tensorflow/tfjs-core';
import { misuse, sameShape } from '../check/index.ts';
import { layer } from './layer.ts';
import type { Layer, WeightsOf } from './part.ts';
import type { Unary } from './sequential.ts';

/** The weights of a residual connection: those of the inner layer, or none. */
export type ResidualWeights<W> = WeightsOf<{ readonly inner: Layer<W, Unary> }>;

/**
 * Adds a layer's input to its output: `x + inner(x)` (He et al. 2016). The weights stand under `inner`.
 *
 * @throws Error, when called, if the inner layer changes the shape
 * @example
 * const block = residual(sequential(linear(8, 16), tf.relu, linear(16, 8)));
 */
export const residual = <W>(inner: Layer<W, Unary>): Layer<ResidualWeights<W>, Unary> =>
  layer({ inner }, (parts) => (x: tf.Tensor): tf.Tensor => {
    const change = parts.inner(x);
    return sameShape(change.shape, x.shape)
      ? tf.add(x, change)
      : misuse('residual: output of the inner layer', `of the input's shape [${x.shape.join(', ')}]`, change);
  }) as Layer<never, Unary>;
