import type { HKT } from 'fp-ts/HKT.js';
import type { Applicative } from 'fp-ts/lib/Applicative.js';
import { isNode, type Path } from './tree.ts';

/** What `traverse` does at a leaf, in the context of an applicative. */
export type Visit<F> = (leaf: unknown, path: Path) => HKT<F, unknown>;

/**
 * Visits every leaf of a tree in order of insertion within an applicative functor and rebuilds the tree, frozen.
 * All other functions on trees are this one with an instance of fp-ts. (fp-ts's own record traversal
 * visits keys in sorted order, so a layer called `10` would come before `2`.)
 *
 * @example
 * import type { HKT } from 'fp-ts/HKT.js';
 * import type { Applicative } from 'fp-ts/lib/Applicative.js';
 * import * as C from 'fp-ts/lib/Const.js';
 * import * as N from 'fp-ts/lib/number.js';
 * import { tree } from 'tfjs-bayesian';
 *
 * const counting = C.getApplicative(N.MonoidSum) as unknown as Applicative<'Const'>;
 * const count = tree.traverse(counting)(() => C.make(1) as unknown as HKT<'Const', unknown>);
 * console.log(count({ weight: 'w', bias: 'b' })); // 2
 */
export const traverse =
  <F>(applicative: Applicative<F>) =>
  (visit: Visit<F>) =>
  (tree: unknown): HKT<F, unknown> => {
    const go = (node: unknown, path: Path): HKT<F, unknown> => {
      if (!isNode(node)) return visit(node, path);
      const names = Object.keys(node);
      const children = Object.values(node);
      const values = names.reduce<HKT<F, readonly unknown[]>>(
        (done, name, index) =>
          applicative.ap(
            applicative.map(done, (before) => (value: unknown) => [...before, value]),
            go(children[index], [...path, name]),
          ),
        applicative.of([]),
      );
      return applicative.map(values, (all) =>
        Object.freeze(
          Array.isArray(node) ? all : Object.fromEntries(names.map((name, index) => [name, all[index]])),
        ),
      );
    };
    return go(tree, []);
  };
