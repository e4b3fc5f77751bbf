import * as tf from '@tensorflow/tfjs-core';
import type { Wanted } from './samples.ts';

/** An operation that takes indices: its arguments, and itself on tensors of one sample. */
export interface Operation {
  readonly name: string;
  readonly args: readonly Wanted[];
  readonly f: (...args: readonly tf.Tensor[]) => tf.Tensor;
  /** Whether it has a gradient by its arguments of floats. */
  readonly gradient?: boolean;
  /** Whether an index out of range is no error. */
  readonly takesAll?: boolean;
}

const floats = (...shape: readonly number[]): Wanted => ({ shape });
const indices = (count: number, ...shape: readonly number[]): Wanted => ({ shape, count });

/** The operations that take indices. */
export const operations: readonly Operation[] = [
  {
    name: 'gather',
    args: [floats(3, 2), indices(3, 2)],
    f: (x, at) => tf.gather(x!, at as tf.Tensor1D),
    gradient: true,
  },
  {
    name: 'gather of a scalar index along the last axis',
    args: [floats(2, 3), indices(3)],
    f: (x, at) => tf.gather(x!, at as tf.Tensor1D, -1),
    gradient: true,
  },
  {
    name: 'gather of a table of indices along a middle axis',
    args: [floats(2, 3, 2), indices(3, 2, 2)],
    f: (x, at) => tf.gather(x!, at as tf.Tensor1D, 1),
    gradient: true,
  },
  {
    name: 'gather with batchDims',
    args: [floats(2, 3, 2), indices(3, 2, 2)],
    f: (x, at) => tf.gather(x!, at as tf.Tensor1D, 1, 1),
  },
  {
    name: 'gather with batchDims, fewer indices than items',
    args: [floats(3, 2, 4), indices(4, 3, 1)],
    f: (x, at) => tf.gather(x!, at as tf.Tensor1D, 2, 1),
  },
  { name: 'gatherND of rows', args: [floats(3, 2), indices(3, 2, 1)], f: (x, at) => tf.gatherND(x!, at!) },
  { name: 'gatherND of numbers', args: [floats(3, 2), indices(3, 2, 2)], f: (x, at) => tf.gatherND(x!, at!) },
  {
    name: 'scatterND',
    args: [indices(3, 2, 1), floats(2, 2)],
    f: (at, x) => tf.scatterND(at!, x!, [3, 2]),
  },
  {
    name: 'scatterND by coordinates',
    args: [indices(3, 2, 2), floats(2)],
    f: (at, x) => tf.scatterND(at!, x!, [3, 2]),
  },
  { name: 'scatterND by a list', args: [indices(3, 2), floats(2)], f: (at, x) => tf.scatterND(at!, x!, [3]) },
  {
    name: 'tensorScatterUpdate',
    args: [floats(3, 2), indices(3, 1, 1), floats(1, 2)],
    // A copy: the cpu kernel writes into what it is given.
    f: (x, at, updates) => tf.tensorScatterUpdate(tf.add(x!, 0), at!, updates!),
  },
  {
    name: 'sparseToDense',
    args: [indices(3, 1, 2), floats(1), floats()],
    f: (at, x, fallback) => tf.sparseToDense(at!, x!, [3, 2], fallback as tf.Scalar),
  },
  {
    name: 'sparseToDense by one index',
    args: [indices(3), floats()],
    f: (at, x) => tf.sparseToDense(at!, x!, [3]),
  },
  {
    name: 'sparse.sparseSegmentSum',
    args: [floats(3, 2), indices(3, 3)],
    f: (x, at) =>
      tf.sparse.sparseSegmentSum(x!, at as tf.Tensor1D, tf.tensor1d([0, 0, 2], 'int32')) as tf.Tensor,
  },
  {
    name: 'sparse.sparseSegmentMean',
    args: [floats(3, 2), indices(3, 3)],
    f: (x, at) =>
      tf.sparse.sparseSegmentMean(x!, at as tf.Tensor1D, tf.tensor1d([0, 0, 2], 'int32')) as tf.Tensor,
  },
  {
    name: 'unsortedSegmentSum',
    args: [floats(3, 2), indices(3, 3)],
    f: (x, at) => tf.unsortedSegmentSum(x!, at as tf.Tensor1D, 3),
    takesAll: true,
  },
  {
    name: 'image.cropAndResize',
    args: [floats(3, 2, 2, 1), indices(3, 2)],
    f: (x, at) => {
      const boxes = tf.tensor2d([
        [0, 0, 1, 1],
        [0, 0.5, 2, 1],
      ]);
      return tf.image.cropAndResize(x as tf.Tensor4D, boxes, at as tf.Tensor1D, [2, 2], 'bilinear', 7);
    },
    takesAll: true,
  },
  {
    name: 'bincount',
    args: [indices(3, 4), floats(4)],
    f: (at, weights) => tf.bincount(at as tf.Tensor1D, weights as tf.Tensor1D, 3),
  },
  {
    name: 'denseBincount',
    args: [indices(3, 2, 3)],
    f: (at) => tf.denseBincount(at as tf.Tensor2D, tf.tensor2d([], [0, 0]), 3),
  },
  {
    name: 'oneHot',
    args: [indices(3, 4)],
    f: (at) => tf.cast(tf.oneHot(at as tf.Tensor1D, 3), 'float32'),
    takesAll: true,
  },
];
