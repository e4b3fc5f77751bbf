import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { einsum } from './einsum.ts';
import { moveAxis, operand, sizeFromShape } from './operands.ts';

const outer = ({ shape }: Operand): readonly number[] => shape.slice(0, -2);

/** Whether an operand is one matrix for all samples (ignoring leading axes of size 1). */
const isShared = (x: Operand): boolean => !x.batched && outer(x).every((size) => size === 1);

/** A shared matrix without leading axes of size 1. */
const single = ({ tensor, shape }: Operand): tf.Tensor =>
  shape.length === 2 ? tensor : tf.reshape(tensor, shape.slice(-2) as [number, number]);

/** A shared matrix, as a list of one. */
const matrix = ({ tensor, shape }: Operand): tf.Tensor => tf.reshape(tensor, [1, ...shape.slice(-2)]);

const swapLast = (x: tf.Tensor): tf.Tensor => moveAxis(x, x.rank - 1, x.rank - 2);

/** One product for all samples: their concatenated rows times the shared matrix. */
const sharedRight = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const rows = transposeA ? swapLast(a.tensor) : a.tensor;
  const before = rows.shape.slice(0, -1);
  const below = tf.reshape(rows, [sizeFromShape(before), rows.shape[rows.rank - 1]!]);
  const all = tf.matMul(below, single(b), false, transposeB);
  return tf.reshape(all, [...before, all.shape[1]!]);
};

/** The shared matrix times each sample's matrices, in place. */
const sharedLeft = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const before = b.tensor.shape.slice(0, -2);
  const each = tf.reshape(b.tensor, [sizeFromShape(before), ...b.shape.slice(-2)]);
  const all = tf.matMul(matrix(a), each, transposeA, transposeB);
  return tf.reshape(all, [...before, ...all.shape.slice(1)]);
};

/** A product for each sample. Outer axes are repeated first: not every backend broadcasts several correctly. */
const each = (
  a: Operand,
  b: Operand,
  transposeA: boolean,
  transposeB: boolean,
  size: number,
  common: number[],
): tf.Tensor => {
  const full = (x: Operand): tf.Tensor => {
    const ones = Array<number>(common.length + 2 - x.shape.length).fill(1);
    const aligned = x.batched ? tf.reshape(x.tensor, [size, ...ones, ...x.shape]) : x.tensor;
    const last = x.shape.slice(-2);
    const whole = broadcastTo(aligned, [size, ...common, ...last]);
    return tf.reshape(whole, [size * sizeFromShape(common), ...last]);
  };
  return tf.matMul(full(a), full(b), transposeA, transposeB);
};

const batchMatMul: BatchingRule = (call) => {
  const a = operand(call, 'a');
  const b = operand(call, 'b');
  const transposeA = Boolean(call.attrs.transposeA);
  const transposeB = Boolean(call.attrs.transposeB);
  const common = tf.broadcast_util.assertAndGetBroadcastShape([...outer(a)], [...outer(b)]);
  const result = isShared(b)
    ? sharedRight(a, b, transposeA, transposeB)
    : isShared(a)
      ? sharedLeft(a, b, transposeA, transposeB)
      : each(a, b, transposeA, transposeB, call.size, common);
  return tf.reshape(result, [call.size, ...common, ...result.shape.slice(-2)]);
};

/** Rules for matrix products. */
export const matrices: Readonly<Record<string, BatchingRule>> = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.Einsum]: einsum,
};
