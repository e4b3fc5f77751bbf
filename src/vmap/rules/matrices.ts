import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { moveAxis, operand } from './operands.ts';

const outer = ({ shape }: Operand): readonly number[] => shape.slice(0, -2);

/** Whether an operand is one matrix for all samples (axes of size 1 before it aside). */
const isShared = (x: Operand): boolean => !x.batched && outer(x).every((size) => size === 1);

const matrix = ({ tensor, shape }: Operand): tf.Tensor => tf.reshape(tensor, shape.slice(-2));

const swapLast = (x: tf.Tensor): tf.Tensor => moveAxis(x, x.rank - 1, x.rank - 2);

/** One product for all samples: their rows below each other, times the shared matrix. */
const sharedRight = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const rows = transposeA ? swapLast(a.tensor) : a.tensor;
  const product = tf.matMul(tf.reshape(rows, [-1, rows.shape[rows.rank - 1]!]), matrix(b), false, transposeB);
  return tf.reshape(product, [...rows.shape.slice(0, -1), product.shape[1]!]);
};

/** One product for all samples: the shared matrix times their columns side by side. */
const sharedLeft = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const rank = b.tensor.rank;
  const inner = b.tensor.shape[transposeB ? rank - 1 : rank - 2]!;
  const columns = b.tensor.shape[transposeB ? rank - 2 : rank - 1]!;
  const wide = transposeB
    ? tf.reshape(b.tensor, [-1, inner])
    : tf.reshape(moveAxis(b.tensor, rank - 2, 0), [inner, -1]);
  const product = tf.matMul(matrix(a), wide, transposeA, transposeB);
  const apart = tf.reshape(product, [product.shape[0]!, ...b.tensor.shape.slice(0, -2), columns]);
  return moveAxis(apart, 0, rank - 2);
};

/** A product for each sample. Outer axes are repeated first: tfjs's gradient knows no broadcasting. */
const each = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean, size: number): tf.Tensor => {
  const common = tf.broadcast_util.assertAndGetBroadcastShape([...outer(a)], [...outer(b)]);
  const full = (x: Operand): tf.Tensor => {
    const ones = Array<number>(common.length + 2 - x.shape.length).fill(1);
    const aligned = x.batched ? tf.reshape(x.tensor, [size, ...ones, ...x.shape]) : x.tensor;
    return broadcastTo(aligned, [size, ...common, ...x.shape.slice(-2)]);
  };
  return tf.matMul(full(a), full(b), transposeA, transposeB);
};

const batchMatMul: BatchingRule = (call) => {
  const a = operand(call, 'a');
  const b = operand(call, 'b');
  const transposeA = Boolean(call.attrs.transposeA);
  const transposeB = Boolean(call.attrs.transposeB);
  const common = tf.broadcast_util.assertAndGetBroadcastShape([...outer(a)], [...outer(b)]);
  const product = isShared(b)
    ? sharedRight(a, b, transposeA, transposeB)
    : isShared(a)
      ? sharedLeft(a, b, transposeA, transposeB)
      : each(a, b, transposeA, transposeB, call.size);
  return tf.reshape(product, [call.size, ...common, ...product.shape.slice(-2)]);
};

/** Rules of matrix products. */
export const matrices: Readonly<Record<string, BatchingRule>> = {
  [tf.BatchMatMul]: batchMatMul,
};
