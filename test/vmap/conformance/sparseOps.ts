import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { float, int, none, notOnWebgpu, pickShape, type Row, text } from '../support/againstLoop.ts';

const segment = (
  name: string,
  f: (data: tf.Tensor, indices: tf.Tensor1D, segmentIds: tf.Tensor1D) => tf.Tensor,
): Row => ({
  name: `sparse.${name}`,
  gradient: none,
  draw: pickShape(0, 2).map((rest) => ({
    args: [float([4, ...rest]), int([4], 0, 4)],
    f: (data, indices) => f(data!, indices as tf.Tensor1D, tf.tensor1d([0, 0, 2, 3], 'int32')),
  })),
});

/** Operations on sparse tensors and on strings. */
export const sparseOps: readonly Row[] = [
  {
    name: 'sparseToDense',
    gradient: none,
    draw: fc.constantFrom(float, int).map((kind) => ({
      args: [int([1, 2], 0, 3), kind([1], 1, 9), kind([], -5, 5)],
      f: (indices, values, fallback) => tf.sparseToDense(indices!, values!, [3, 3], fallback as tf.Scalar),
    })),
  },
  {
    name: 'sparseToDense with one value for all of a list of places',
    gradient: none,
    draw: fc.constant({
      args: [int([3], 0, 5), float([])],
      f: (indices, value) => tf.sparseToDense(indices!, value!, [5], 1),
    }),
  },
  {
    name: 'sparseToDense with one place',
    gradient: none,
    draw: fc.constant({
      args: [int([], 0, 5), float([])],
      f: (index, value) => tf.sparseToDense(index!, value!, [5]),
    }),
  },
  {
    name: 'sparse.sparseReshape',
    gradient: none,
    only: notOnWebgpu,
    draw: fc.tuple(fc.constantFrom([-1, 2], [4, 3], [12]), fc.boolean()).map(([shape, own]) => ({
      args: [int([3, 2], 0, 3), int([2], 4, 5)],
      f: (indices, inputShape) => {
        const { outputIndices, outputShape } = tf.sparse.sparseReshape(
          indices as tf.Tensor2D,
          (own ? inputShape : tf.tensor1d([3, 4], 'int32')) as tf.Tensor1D,
          tf.tensor1d(own ? [-1] : [...shape], 'int32'),
        ) as { readonly outputIndices: tf.Tensor; readonly outputShape: tf.Tensor };
        return [outputIndices, outputShape, inputShape!];
      },
    })),
  },
  segment('sparseSegmentSum', tf.sparse.sparseSegmentSum),
  segment('sparseSegmentMean', tf.sparse.sparseSegmentMean),
  {
    name: 'string.stringToHashBucketFast',
    gradient: none,
    only: notOnWebgpu,
    draw: pickShape(0, 2).map((shape) => ({
      args: [text(shape)],
      f: (x) => tf.string.stringToHashBucketFast(x!, 1000),
    })),
  },
  {
    name: 'string.staticRegexReplace',
    gradient: none,
    only: ['cpu'],
    draw: pickShape(0, 2).map((shape) => ({
      args: [text(shape)],
      f: (x) => tf.string.staticRegexReplace(x!, '[0-4]', 'low', true),
    })),
  },
];
