import * as E from 'fp-ts/lib/Either.js';
import { random, tree } from '../../../src/index.ts';
import type { Outcome } from '../../../src/parallel/index.ts';
import { isKey } from '../../../src/random/key.ts';
import { mapLeaves } from '../../../src/tree/everyLeaf.ts';

/** All outcomes, in the order in which they come. */
export const all = async <R>(outcomes: AsyncIterable<Outcome<R>>): Promise<readonly Outcome<R>[]> => {
  const read: Outcome<R>[] = [];
  for await (const outcome of outcomes) read.push(outcome);
  return read;
};

/** The values of outcomes, all of which must have one. */
export const values = <R>(outcomes: readonly Outcome<R>[]): readonly R[] =>
  outcomes.map((outcome) => {
    if (E.isLeft(outcome)) throw new Error(outcome.left.message);
    return outcome.right.value;
  });

/** The tags of failures, and the values of results. */
export const tags = (outcomes: readonly Outcome<unknown>[]): readonly unknown[] =>
  outcomes.map((outcome) => (E.isLeft(outcome) ? outcome.left._tag : outcome.right.value));

/** The bits of a tree with tensors and keys, which are disposed. */
export const bits = (given: unknown): unknown => {
  const read = mapLeaves((leaf) => {
    if (isKey(leaf)) return random.keyData(leaf);
    return tree.isTensor(leaf)
      ? { shape: leaf.shape, bits: [...new Uint32Array(leaf.dataSync().slice().buffer)] }
      : leaf;
  })(given);
  tree.dispose(given);
  return read;
};
