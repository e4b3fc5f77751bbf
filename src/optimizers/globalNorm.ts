import { add, type Scalar, scalar, sqrt, square, sum, tidy } from '@tensorflow/tfjs-core';
import { leaves } from '../tree/index.ts';

/**
 * The Euclidean norm of all numbers in a tree of tensors, a scalar.
 *
 * @example
 * globalNorm({ a: tf.tensor1d([3]), b: tf.scalar(4) }); // 5
 */
export const globalNorm = (tree: unknown): Scalar =>
  tidy(() => sqrt(leaves(tree).reduce<Scalar>((total, x) => add(total, sum(square(x))), scalar(0))));
