import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** A leaf that is no tensor and must come through unchanged. */
const other = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.constantFrom(null, undefined, true),
  fc.date(),
  fc.constant(new Map([['a', 1]])),
);

const name = fc.oneof(fc.constantFrom('10', '2', 'b', 'a', 'mean', '__proto__', 'constructor'), fc.string());

/** Stands for a tensor in a generated tree, so that a failing tree prints well. */
const tensorMark = Symbol('tensor');

const marked = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(tensorMark),
    other,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
  ),
})).tree;

const isRecord = (node: unknown): node is Readonly<Record<string, unknown>> =>
  typeof node === 'object' &&
  node !== null &&
  (Object.getPrototypeOf(node) === Object.prototype || Object.getPrototypeOf(node) === null);

const filled = (node: unknown): unknown => {
  if (node === tensorMark) return tf.scalar(1);
  if (Array.isArray(node)) return node.map(filled);
  return isRecord(node)
    ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value)]))
    : node;
};

/** Runs a property on random trees of tensors and other leaves; the tensors are disposed after it. */
export const forAllTrees = (property: (tree: unknown) => void): void => {
  fc.assert(
    fc.property(marked, (tree) => {
      tf.tidy(() => property(filled(tree)));
    }),
  );
};
