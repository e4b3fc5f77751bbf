import { invalidArgument } from '../check/index.ts';
import { isNode, type Path } from '../tree/index.ts';

/**
 * Which axis of each tensor is mapped: a number (negative from the end), `null` for none, or a tree of these. A number
 * or `null` at an inner node applies to everything below it.
 */
export type Axes = number | null | readonly Axes[] | { readonly [name: string]: Axes };

/** The functions of a fold at the leaves and the inner nodes of a tree, given the axes of the leaves. */
export interface AxesFold<B> {
  readonly isLeaf: (value: unknown, axis: number | null, path: Path) => boolean;
  readonly leaf: (value: unknown, axis: number | null, path: Path) => B;
  readonly node: (children: readonly (readonly [string, B])[], like: unknown) => B;
}

/** The name of a path in a tree, such as `args[0].weight`. */
export const placeName = (root: string, path: Path): string =>
  path.reduce((name, step) => (/^\d+$/.test(step) ? `${name}[${step}]` : `${name}.${step}`), root);

/** Folds a tree together with the axes of its leaves. `option` and `root` name axes and tree in errors. */
export const foldAxes =
  <B>(option: string, root: string, { isLeaf, leaf, node }: AxesFold<B>) =>
  (axes: Axes, tree: unknown): B => {
    const go = (axis: Axes, value: unknown, path: Path): B => {
      const uniform = axis === null || typeof axis === 'number';
      if (uniform && isLeaf(value, axis, path)) return leaf(value, axis, path);
      if (!uniform && !isNode(axis)) {
        return invalidArgument(`vmap: ${placeName(option, path)}`, 'an axis, null, or a tree of these', axis);
      }
      const names = isNode(value) ? Object.keys(value) : [];
      const expected = uniform ? names : Object.keys(axis);
      const fits =
        uniform ||
        (isNode(value) &&
          Array.isArray(value) === Array.isArray(axis) &&
          names.length === expected.length &&
          expected.every((name) => Object.hasOwn(value, name)));
      if (!fits) {
        return invalidArgument(
          `vmap: ${placeName(option, path)}`,
          `an axis, null, or a tree of these with the structure of ${placeName(root, path)}`,
          axis,
        );
      }
      const inner = value as Readonly<Record<string, unknown>>;
      return node(
        names.map((name) => {
          const below = uniform ? axis : (axis as Readonly<Record<string, Axes>>)[name]!;
          return [name, go(below, inner[name], [...path, name])] as const;
        }),
        value,
      );
    };
    return go(axes, tree, []);
  };

/** Rebuilds a node from its children. */
export const rebuild = (children: readonly (readonly [string, unknown])[], like: unknown): unknown =>
  Array.isArray(like) ? children.map(([, child]) => child) : Object.fromEntries(children);

/** Converts an axis to one counted from the front. */
export const axisFromFront = (axis: number, rank: number, argument: string): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? 'null for a scalar' : `an axis from ${-rank} to ${rank - 1} or null`;
    return invalidArgument(argument, `${range} (the rank is ${rank})`, axis);
  }
  return axis < 0 ? axis + rank : axis;
};
