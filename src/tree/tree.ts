/** The position of a leaf in a tree: the names from the root down; array indices as strings. */
export type Path = readonly string[];

/**
 * A path as it appears in messages.
 *
 * @example
 * pathName(['hidden', 'weight']); // 'hidden.weight'
 */
export const pathName = (path: Path): string => path.join('.');

/**
 * Nested plain records and arrays with leaves of type `A`: parameters, gradients, optimizer states and outputs are
 * trees of tensors. Any value that is not a plain object or an array is a leaf.
 */
export type Tree<A> = A | readonly Tree<A>[] | { readonly [name: string]: Tree<A> };

type Node = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Whether a value is an inner node (a plain object or an array) and not a leaf.
 *
 * @example
 * console.log(tree.isNode({ a: 1 })); // true
 * console.log(tree.isNode(tf.scalar(1))); // false
 */
export const isNode = (value: unknown): value is Node => {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
