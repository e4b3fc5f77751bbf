import { Tensor } from '@tensorflow/tfjs-core';
import type { HKT } from 'fp-ts/HKT.js';
import type { Applicative } from 'fp-ts/lib/Applicative.js';
import * as C from 'fp-ts/lib/Const.js';
import * as I from 'fp-ts/lib/Identity.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import { describe, misuse } from '../check/index.ts';
import { traverse } from './traverse.ts';
import { isNode, type Path } from './tree.ts';

/**
 * Whether a value is a tensor.
 *
 * @example
 * console.log(tree.isTensor(tf.scalar(1))); // true
 */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

const identity = I.Applicative as unknown as Applicative<'Identity'>;

/** The result of mapping a tree's tensors to `B`; other leaves keep their type. */
export type Mapped<T, B> = T extends Tensor
  ? B
  : T extends readonly unknown[] | { readonly [name: string]: unknown }
    ? { readonly [K in keyof T]: Mapped<T[K], B> }
    : T;

/**
 * Replaces every tensor of a tree by `f` of it; other leaves (a step count, a name) stay as they are.
 *
 * @example
 * const doubled = tree.map((x) => tf.mul(x, 2))(params);
 */
export const map = <B>(f: (tensor: Tensor, path: Path) => B): (<T>(tree: T) => Mapped<T, B>) => {
  if (typeof f !== 'function') misuse('tree.map: f', 'a function of a tensor', f);
  return <T>(tree: T): Mapped<T, B> =>
    traverse(identity)((leaf, path) => (isTensor(leaf) ? f(leaf, path) : leaf) as HKT<'Identity', unknown>)(
      tree,
    ) as unknown as Mapped<T, B>;
};

const pair = RA.getMonoid<{ readonly path: Path; readonly tensor: Tensor }>();
const collecting = C.getApplicative(pair) as unknown as Applicative<'Const'>;

/**
 * Every tensor of a tree with its path, in order of insertion.
 *
 * @example
 * const [first] = tree.entries({ a: { mean: tf.scalar(1) } });
 * console.log(first?.path); // a,mean
 */
export const entries = (tree: unknown): readonly { readonly path: Path; readonly tensor: Tensor }[] =>
  traverse(collecting)(
    (leaf, path) =>
      C.make(isTensor(leaf) ? [{ path, tensor: leaf }] : pair.empty) as unknown as HKT<'Const', unknown>,
  )(tree) as unknown as readonly { readonly path: Path; readonly tensor: Tensor }[];

/**
 * Every tensor of a tree, in order of insertion.
 *
 * @example
 * console.log(tree.leaves({ weight: tf.ones([2]), bias: tf.scalar(1) }).length); // 2
 */
export const leaves = (tree: unknown): readonly Tensor[] => entries(tree).map(({ tensor }) => tensor);

/**
 * The value at a path, or `undefined` where the tree has none.
 *
 * @example
 * console.log(tree.at(['a', 'mean'])({ a: { mean: 3 } })); // 3
 */
export const at = (path: Path): ((tree: unknown) => unknown) => {
  if (!Array.isArray(path)) misuse('tree.at: path', 'a list of names', path);
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
 * const stepped = tree.zipWith((x, update) => tf.add(x, update))(params, tree.map(tf.onesLike)(params));
 */
export const zipWith =
  <B>(f: (a: Tensor, b: Tensor, path: Path) => B) =>
  <T>(first: T, second: unknown): Mapped<T, B> =>
    map((a, path) => {
      const b = at(path)(second);
      if (!isTensor(b)) {
        throw new Error(
          `zipWith: the second tree must have a tensor at '${path.join('.')}', got ${describe(b)}`,
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

/**
 * Disposes every tensor of a tree that is not disposed yet.
 *
 * @example
 * tree.dispose({ mean: tf.scalar(1) });
 */
export const dispose = (tree: unknown): void => {
  for (const tensor of leaves(tree)) if (!tensor.isDisposed) tensor.dispose();
};
