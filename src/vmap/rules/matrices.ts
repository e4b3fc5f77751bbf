import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { moveAxis, operand, operands } from './operands.ts';

const outer = ({ shape }: Operand): readonly number[] => shape.slice(0, -2);

/** Whether an operand is one matrix for all samples (axes of size 1 before it aside). */
const isShared = (x: Operand): boolean => !x.batched && outer(x).every((size) => size === 1);

/** A shared matrix, as a list of one. */
const matrix = ({ tensor, shape }: Operand): tf.Tensor => tf.reshape(tensor, [1, ...shape.slice(-2)]);

const swapLast = (x: tf.Tensor): tf.Tensor => moveAxis(x, x.rank - 1, x.rank - 2);

/** One product for all samples: their rows below each other, times the shared matrix. */
const sharedRight = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const rows = transposeA ? swapLast(a.tensor) : a.tensor;
  const all = tf.matMul(tf.reshape(rows, [1, -1, rows.shape[rows.rank - 1]!]), matrix(b), false, transposeB);
  return tf.reshape(all, [...rows.shape.slice(0, -1), all.shape[2]!]);
};

/** The shared matrix times those of each sample, which stand where they are. */
const sharedLeft = (a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  const each = tf.reshape(b.tensor, [-1, ...b.shape.slice(-2)]);
  const all = tf.matMul(matrix(a), each, transposeA, transposeB);
  return tf.reshape(all, [...b.tensor.shape.slice(0, -2), ...all.shape.slice(1)]);
};

/** A product for each sample. Outer axes are repeated first: not every backend broadcasts several of them right. */
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
    return tf.reshape(whole, [size * tf.util.sizeFromShape(common), ...last]);
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

/** A number for each sample, as it broadcasts with samples of some rank. */
const withOnes = (x: tf.Tensor, rank: number): tf.Tensor =>
  tf.reshape(x, [-1, ...Array<number>(rank).fill(1)]);

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/**
 * A letter that the equation does not use stands for the batch, before the terms that have it. Factors without axes
 * are left out and multiplied in: with the batch's letter alone, tfjs would lose them where others are summed over.
 */
const einsum: BatchingRule = (call) => {
  const equation = String(call.attrs.equation).replace(/\s/g, '');
  const letter = letters.find((one) => !equation.includes(one));
  const [left, right] = equation.split('->');
  if (letter === undefined || left === undefined || right === undefined) {
    throw new Error(
      `vmap: einsum's equation must name its output and leave a letter free, got '${equation}'`,
    );
  }
  const terms = left.split(',');
  const factors = operands(call).map((input, at) => ({ ...input, term: terms[at]! }));
  const scalars = factors.filter(({ term }) => term === '');
  const others = factors.filter(({ term }) => term !== '');
  const batch = others.some(({ batched }) => batched) ? letter : '';
  const subscripts = others.map(({ batched, term }) => (batched ? batch : '') + term);
  const product = (): tf.Tensor =>
    call.run(
      others.map(({ tensor }) => tensor),
      { equation: `${subscripts.join(',')}->${batch}${right}` },
    ) as tf.Tensor;
  return [
    ...scalars.map(({ tensor, batched }) => (batched ? withOnes(tensor, right.length) : tensor)),
    ...(others.length > 0 ? [product()] : []),
  ].reduce((a, b) => tf.mul(a, b));
};

/** Rules of matrix products. */
export const matrices: Readonly<Record<string, BatchingRule>> = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.Einsum]: einsum,
};
