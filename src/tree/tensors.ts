import { Tensor } from '@tensorflow/tfjs-core';
import { describe, invalidArgument } from '../check/index.ts';
import { everyLeaf, mapLeaves } from './everyLeaf.ts';
import { isNode, type Path, pathName } from './tree.ts';

/**
 * Whether a value is a tensor.
 *
 * @example
 * console.log(tree.isTensor(tf.scalar(1))); // true
 */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** The result of mapping a tree's tensors to `B`; other leaves keep their type. */
export type Mapped<T, B> = T extends Tensor
  ? B
  : T extends readonly unknown[] | { readonly [name: string]: unknown }
    ? { readonly [K in keyof T]: Mapped<T[K], B> }
    : T;

/**
 * Applies `f` to every tensor of a tree; other leaves (a step count, a name) are kept.
 *
 * @example
 * const doubled = tree.map((x) => tf.mul(x, 2))(params);
 */
export const map = <B>(f: (tensor: Tensor, path: Path) => B): (<T>(tree: T) => Mapped<T, B>) => {
  if (typeof f !== 'function') invalidArgument('tree.map: f', 'a function of a tensor', f);
  const mapped = mapLeaves((leaf, path) => (isTensor(leaf) ? f(leaf, path) : leaf));
  return <T>(tree: T) => mapped(tree) as Mapped<T, B>;
};

/**
 * Every tensor of a tree with its path, in order of insertion.
 *
 * @example
 * const [first] = tree.entries({ a: { mean: tf.scalar(1) } });
 * console.log(first?.path); // a,mean
 */
export const entries = (tree: unknown): readonly { readonly path: Path; readonly tensor: Tensor }[] =>
  everyLeaf(tree).flatMap(({ path, leaf }) => (isTensor(leaf) ? [{ path, tensor: leaf }] : []));

/**
 * Every tensor of a tree, in order of insertion.
 *
 * @example
 * console.log(tree.leaves({ weight: tf.ones([2]), bias: tf.scalar(1) }).length); // 2
 */
export const leaves = (tree: unknown): readonly Tensor[] => entries(tree).map(({ tensor }) => tensor);

/**
 * Folds the tensors of a tree into one value, in order of insertion; other leaves are skipped.
 *
 * @throws Error where `f` is not a function
 * @example
 * const size = tree.reduce((sum, tensor) => sum + tensor.size, 0);
 * console.log(size({ weight: tf.ones([2, 3]), bias: tf.ones([3]) })); // 9
 */
export const reduce = <B>(
  f: (accumulated: B, tensor: Tensor, path: Path) => B,
  initial: B,
): ((tree: unknown) => B) => {
  if (typeof f !== 'function')
    invalidArgument('tree.reduce: f', 'a function of an accumulated value and a tensor', f);
  return (tree) => entries(tree).reduce((done, { path, tensor }) => f(done, tensor, path), initial);
};

/**
 * The value at a path, or `undefined` where the tree has none.
 *
 * @example
 * console.log(tree.at(['a', 'mean'])({ a: { mean: 3 } })); // 3
 */
export const at = (path: Path): ((tree: unknown) => unknown) => {
  if (!Array.isArray(path)) invalidArgument('tree.at: path', 'a list of names', path);
  return (tree) =>
    path.reduce<unknown>(
      (node, name) =>
        isNode(node) && Object.hasOwn(node, name)
          ? (node as Readonly<Record<string, unknown>>)[name]
          : undefined,
      tree,
    );
};

/**
 * Combines two trees of the same structure tensor by tensor; other leaves are taken from the first.
 *
 * @throws Error naming the path at which the second tree has no tensor
 * @example
 * const updates = tree.map(tf.onesLike)(params);
 * const stepped = tree.zipWith((x, update) => tf.add(x, update))(params, updates);
 */
export const zipWith =
  <B>(f: (a: Tensor, b: Tensor, path: Path) => B) =>
  <T>(first: T, second: unknown): Mapped<T, B> =>
    map((a, path) => {
      const b = at(path)(second);
      if (!isTensor(b)) {
        throw new Error(
          `zipWith: the second tree must have a tensor at '${pathName(path)}', got ${describe(b)}`,
        );
      }
      return f(a, b, path);
    })(first);

/**
 * The tree with its tensors replaced, in order of insertion: the inverse of `leaves`.
 *
 * @example
 * const same = tree.unflatten(params)(tree.leaves(params));
 */
export const unflatten =
  <T>(tree: T) =>
  (tensors: readonly Tensor[]): T => {
    const rest = tensors[Symbol.iterator]();
    return map(() => rest.next().value as Tensor)(tree) as T;
  };

/** The tensors of a tree, and a function that rebuilds the tree from other values. */
export interface Flattened<T> {
  /** Every tensor, in order of insertion. */
  readonly leaves: readonly Tensor[];
  /** Replaces the tensors by other values, tensors or not; throws unless the counts match. */
  readonly unflatten: <B>(values: readonly B[]) => Mapped<T, B>;
}

/**
 * Splits a tree into its tensors, in order of insertion, and a function that rebuilds it from other values. The
 * function keeps the leaves that are not tensors.
 *
 * @example
 * const own = { weight: tf.ones([2, 3]), bias: tf.ones([3]) };
 * const { leaves, unflatten } = tree.flatten(own);
 * const shapes = unflatten(leaves.map(({ shape }) => shape.join('x')));
 * console.log(shapes.weight, shapes.bias); // 2x3 3
 */
export const flatten = <T>(tree: T): Flattened<T> => {
  const flat = leaves(tree);
  return {
    leaves: flat,
    unflatten: <B>(values: readonly B[]): Mapped<T, B> => {
      if (values.length !== flat.length)
        invalidArgument(
          'tree.flatten: the length of values',
          `${flat.length}, as many as the tree has tensors`,
          values.length,
        );
      const rest = values.values();
      return map(() => rest.next().value as B)(tree);
    },
  };
};

/**
 * Disposes every tensor of a tree that is not yet disposed.
 *
 * @example
 * tree.dispose({ mean: tf.scalar(1) });
 */
export const dispose = (tree: unknown): void => {
  for (const tensor of leaves(tree)) if (!tensor.isDisposed) tensor.dispose();
};
