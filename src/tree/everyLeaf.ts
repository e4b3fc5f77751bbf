import { isNode, type Path } from './tree.ts';

/**
 * Maps every leaf of a tree, tensor or not, in order of insertion; the new nodes are frozen. (fp-ts's record functions
 * visit keys in sorted order, so a layer called `10` would come before `2`.)
 *
 * @example
 * mapLeaves(String)({ a: [1, true] }); // { a: ['1', 'true'] }
 */
export const mapLeaves = (f: (leaf: unknown, path: Path) => unknown): ((tree: unknown) => unknown) => {
  const rebuilt = (node: unknown, path: Path): unknown => {
    if (!isNode(node)) return f(node, path);
    const named = Object.entries(node).map(
      ([name, child]) => [name, rebuilt(child, [...path, name])] as const,
    );
    return Object.freeze(Array.isArray(node) ? named.map(([, child]) => child) : Object.fromEntries(named));
  };
  return (tree) => rebuilt(tree, []);
};

/**
 * Every leaf of a tree with its path, in order of insertion.
 *
 * @example
 * everyLeaf({ a: [1, true] }); // [{ path: ['a', '0'], leaf: 1 }, { path: ['a', '1'], leaf: true }]
 */
export const everyLeaf = (
  node: unknown,
  path: Path = [],
): readonly { readonly path: Path; readonly leaf: unknown }[] =>
  isNode(node)
    ? Object.entries(node).flatMap(([name, child]) => everyLeaf(child, [...path, name]))
    : [{ path, leaf: node }];
