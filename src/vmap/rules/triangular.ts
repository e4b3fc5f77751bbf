import * as tf from '@tensorflow/tfjs-core';
import { choleskyKernel } from '../../ops/cholesky.ts';
import { triangularSolveKernel } from '../../ops/triangularSolve.ts';
import type { BatchingRule } from '../rule.ts';
import { batched, moveAxis, operand } from './operands.ts';

/** Any outer axes will do. */
const cholesky: BatchingRule = (call) => call.run({ a: batched(operand(call, 'a'), call.size) });

/** Right sides of samples that share the matrices are further columns of these. */
const triangularSolve: BatchingRule = (call) => {
  const [lower, right] = [operand(call, 'lower'), operand(call, 'right')];
  if (lower.batched) return call.run({ lower: lower.tensor, right: batched(right, call.size) }, call.attrs);
  const rank = right.shape.length;
  const [outer, columns] = [right.shape.slice(0, -1), right.shape[rank - 1]!];
  const beside = moveAxis(right.tensor, 0, rank - 1);
  const all = tf.reshape(beside, [...outer, call.size * columns]);
  const solved = call.run({ lower: lower.tensor, right: all }, call.attrs) as tf.Tensor;
  return moveAxis(tf.reshape(solved, [...outer, call.size, columns]), rank - 1, 0);
};

/** Rules for the library's own kernels for triangular matrices. */
export const triangular: Readonly<Record<string, BatchingRule>> = {
  [choleskyKernel]: cholesky,
  [triangularSolveKernel]: triangularSolve,
};
