import {
  abs,
  add,
  div,
  max,
  maximum,
  mul,
  type Scalar,
  scalar,
  sqrt,
  square,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import { leaves } from '../tree/index.ts';

/** The smallest normal float32: what keeps a gradient of zeros from 0 / 0. */
const tiny = 2 ** -126;

/** The Euclidean norm as a product, of the largest number's size and of what is left: both are finite where all numbers are. */
export const scaledNorm = (tree: unknown): { readonly largest: Scalar; readonly relative: Scalar } => {
  const tensors = leaves(tree).filter(({ size }) => size > 0);
  const largest = tensors.reduce<Scalar>((so, x) => maximum(so, max(abs(x))), scalar(tiny));
  const squares = tensors.reduce<Scalar>((total, x) => add(total, sum(square(div(x, largest)))), scalar(0));
  return { largest, relative: sqrt(squares) };
};

/**
 * The Euclidean norm of all numbers in a tree of tensors, a scalar. It is finite wherever the norm itself is:
 * squares of large numbers are not formed.
 *
 * @example
 * globalNorm({ a: tf.tensor1d([3]), b: tf.scalar(4) }); // 5
 */
export const globalNorm = (tree: unknown): Scalar =>
  tidy(() => {
    const { largest, relative } = scaledNorm(tree);
    return mul(largest, relative);
  });
