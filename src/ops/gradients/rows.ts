import * as tf from '@tensorflow/tfjs-core';
import { kernelGradient } from './kernelGradient.ts';

const sizeFromShape = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/** Swaps the middle two of four axes. */
const swapMiddle = (x: tf.Tensor): tf.Tensor =>
  x.shape[1] === 1 || x.shape[2] === 1
    ? tf.reshape(x, [x.shape[0]!, x.shape[2]!, x.shape[1]!, x.shape[3]!])
    : tf.transpose(x, [0, 2, 1, 3]);

/**
 * The gradient of `tf.gather`: sums of the gathered rows, with any number of batch axes. With batch axes
 * TensorFlow.js's own uses chained operations, which may not be registered.
 */
const gather = kernelGradient<{ readonly axis?: number; readonly batchDims?: number }>({
  kernelName: tf.GatherV2,
  inputsToSave: ['x', 'indices'],
  gradients: (dy, saved, attrs) => {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    return {
      x: () => {
        const axis = tf.util.parseAxisParam(attrs.axis ?? 0, x.shape)[0]!;
        const dims = attrs.batchDims ?? 0;
        const batchDims = dims < 0 ? dims + indices.rank : dims;
        const items = sizeFromShape(x.shape.slice(0, batchDims));
        const between = sizeFromShape(x.shape.slice(batchDims, axis));
        const rows = x.shape[axis]!;
        const inner = sizeFromShape(x.shape.slice(axis + 1));
        const chosen = sizeFromShape(indices.shape.slice(batchDims));
        const taken = swapMiddle(tf.reshape(dy, [items, between, chosen, inner]));
        const own = tf.cast(tf.reshape(indices, [items, chosen]), 'int32');
        // An index out of range must not become another item's row.
        const places = (): tf.Tensor => {
          const first = tf.mul(tf.range(0, items, 1, 'int32'), tf.scalar(rows, 'int32'));
          const isValid = tf.logicalAnd(tf.greaterEqual(own, 0), tf.less(own, rows));
          return tf.where(
            isValid,
            tf.add(own, tf.reshape(first, [items, 1])),
            tf.fill([items, chosen], -1, 'int32'),
          );
        };
        const ids = tf.reshape(items === 1 ? own : places(), [items * chosen]) as tf.Tensor1D;
        const sums = tf.unsortedSegmentSum(
          tf.reshape(taken, [items * chosen, between * inner]),
          ids,
          items * rows,
        );
        return tf.reshape(swapMiddle(tf.reshape(sums, [items, rows, between, inner])), x.shape);
      },
      indices: () => tf.zeros(indices.shape),
    };
  },
});

/** The gradient of segment sums: 0 for rows whose segment does not exist. */
const segmentSum = kernelGradient<{ readonly numSegments: number }>({
  kernelName: tf.UnsortedSegmentSum,
  inputsToSave: ['segmentIds'],
  gradients: (dy, [segmentIds], { numSegments }) => ({
    x: () => {
      const ids = segmentIds as tf.Tensor1D;
      const isValid = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.less(ids, numSegments));
      const rows = tf.gather(dy, tf.where(isValid, ids, tf.zerosLike(ids)));
      const each = tf.reshape(tf.cast(isValid, 'float32'), [
        ...ids.shape,
        ...Array(rows.rank - ids.rank).fill(1),
      ]);
      return tf.mul(rows, each);
    },
    segmentIds: () => tf.zeros(segmentIds!.shape),
  }),
});

/** The gradients of kernels that gather rows or sum them. */
export const rowGradients: readonly tf.GradConfig[] = [gather, segmentSum];
