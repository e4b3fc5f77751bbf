import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { leaves } from '../../src/tree/index.ts';
import { withoutSubnormal } from '../support/numbers.ts';

/** A tree of numbers in two leaves of different shapes, on different depths. */
export interface Numbers {
  readonly a: readonly number[];
  readonly deep: { readonly b: readonly number[] };
}

const numbers = (length: number) =>
  fc.array(fc.float({ min: -10, max: 10, noNaN: true, noDefaultInfinity: true }).map(withoutSubnormal), {
    minLength: length,
    maxLength: length,
  });

export const trees: fc.Arbitrary<Numbers> = fc.record({
  a: numbers(3),
  deep: fc.record({ b: numbers(4) }),
});

export const tensors = ({ a, deep }: Numbers) => ({
  a: tf.tensor1d([...a]),
  deep: { b: tf.tensor2d([...deep.b], [2, 2]) },
});

/** All numbers of a tree of tensors. */
export const flat = (tree: unknown): readonly number[] =>
  leaves(tree).flatMap((x) => Array.from(x.dataSync()));

/** All numbers of a tree of numbers, as `flat` has them. */
export const flatNumbers = ({ a, deep }: Numbers): readonly number[] => [...a, ...deep.b];
