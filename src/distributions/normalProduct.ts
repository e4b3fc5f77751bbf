import * as tf from '@tensorflow/tfjs-core';
import { sameShape } from '../check/index.ts';
import { drawnProductKernel, fitsDrawnProduct } from '../ops/drawnProduct.ts';
import { isDifferentiating } from '../ops/engine.ts';
import { hasKernel } from '../ops/registry.ts';
import { batchedKeys } from '../random/batchedKeys.ts';
import type { Key } from '../random/index.ts';
import { isTensor } from '../tree/index.ts';
import { isBatched } from '../vmap/promote.ts';
import type { NormalParams } from './normal.ts';

/** Whether the kernel takes the parameters of a weight; wrong ones are for the sampler to refuse. */
const fits = ({ mean, logStd }: NormalParams, shape: readonly number[]): boolean =>
  fitsDrawnProduct(shape) &&
  [mean, logStd].every(
    (x) =>
      isTensor(x) && sameShape(x.shape, shape) && x.dtype === 'float32' && !x.isDisposed && !isBatched(x),
  );

/**
 * The products of rows `[rows, depth]` and a weight drawn from a normal posterior, `[depth, columns]`, that is not stored: one
 * kernel draws and multiplies. `undefined` where the weight has to be drawn first: without the kernel, for sizes that it is not
 * made for, under differentiation, or for parameters that differ between samples of a `vmap`. The only place that makes this
 * choice; results have the same bits. If there are several products, the weight is drawn first from the second one on.
 *
 * @example
 * const y = normalProduct({ mean, logStd }, key, [40, 32], sample)?.(x);
 */
export const normalProduct = (
  params: NormalParams,
  key: Key,
  shape: readonly number[],
  sample: (params: NormalParams, key: Key) => tf.Tensor,
): ((rows: tf.Tensor) => tf.Tensor) | undefined => {
  if (!hasKernel(drawnProductKernel) || isDifferentiating() || !fits(params, shape)) return undefined;
  const { mean, logStd } = params;
  const { sizes, words, lifted, unlifted } = batchedKeys(key);
  if (sizes.length > 1) return undefined;
  const attrs = { words: words.flatMap(({ k0, k1 }) => [k0, k1]) };
  const state: { drawn: boolean; weight?: tf.Tensor } = { drawn: false };
  const stored = (): tf.Tensor => {
    if (state.weight === undefined || state.weight.isDisposed) state.weight = sample(params, key);
    return state.weight;
  };
  return (rows) => {
    const x = state.drawn || isDifferentiating() || rows.dtype !== 'float32' ? undefined : unlifted(rows);
    if (x === undefined) return tf.matMul(rows as tf.Tensor2D, stored() as tf.Tensor2D);
    state.drawn = true;
    const y = tf.engine().runKernel<tf.Tensor>(drawnProductKernel, { mean, logStd, x }, attrs);
    return lifted(sizes.length === 1 ? y : tf.reshape(y, y.shape.slice(1)));
  };
};
