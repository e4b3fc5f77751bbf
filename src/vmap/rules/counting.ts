import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import type { BatchingRule, KernelCall } from '../rule.ts';
import { batched, operand, sizeFromShape } from './operands.ts';
import { refuseOutside } from './ranges.ts';

/** A negative number would be counted in the previous row; numbers past the last bin are ignored. */
const refuseNegative = (x: tf.Tensor): boolean =>
  refuseOutside(x, Number.POSITIVE_INFINITY, (value) =>
    invalidArgument('vmap: tf.bincount: x', 'non-negative', value),
  );

/** Counts in every row of a matrix, in one call, for samples of any shape. */
const countRows = (call: KernelCall, rowsOfSample: readonly number[]): tf.Tensor => {
  const x = operand(call, 'x');
  refuseNegative(x.tensor);
  const weights = operand(call, 'weights');
  const shape = [
    call.size * sizeFromShape(rowsOfSample),
    sizeFromShape(x.shape) / sizeFromShape(rowsOfSample),
  ] as const;
  const rows = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, [...shape]);
  // The kernel treats empty weights as ones.
  const counted = call.run(
    {
      x: rows(batched(x, call.size)),
      weights: sizeFromShape(weights.shape) === 0 ? weights.tensor : rows(batched(weights, call.size)),
    },
    { size: call.attrs.size, binaryOutput: Boolean(call.attrs.binaryOutput) },
    tf.DenseBincount,
  );
  return tf.reshape(counted as tf.Tensor, [call.size, ...rowsOfSample, call.attrs.size as number]);
};

/** Rules for kernels that count. */
export const counting: Readonly<Record<string, BatchingRule>> = {
  [tf.Bincount]: (call) => countRows(call, []),
  [tf.DenseBincount]: (call) => countRows(call, operand(call, 'x').shape.slice(0, -1)),
};
