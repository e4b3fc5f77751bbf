import { broadcast_util, util } from '@tensorflow/tfjs-core';

type Shape = readonly number[];

/** The sizes of a batched matrix product, and the factors of each item. */
export interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** The axes before the last two. */
  readonly outer: Shape;
  /** For each product of the batch, the index of its matrix in `a`, and that of its matrix in `b`. */
  readonly itemsOfA: readonly number[];
  readonly itemsOfB: readonly number[];
}

/** For each index into `outer`, in order, the index of the item of `own` that is broadcast there. */
const broadcastItems = (own: Shape, outer: Shape): readonly number[] => {
  const [size, ownSize] = [outer, own].map((shape) => util.sizeFromShape([...shape])) as [number, number];
  // A long batch takes microseconds this way, and half a millisecond the other.
  if (ownSize === size) return Array.from({ length: size }, (_, item) => item);
  if (ownSize === 1) return new Array<number>(size).fill(0);
  const aligned = [...Array<number>(outer.length - own.length).fill(1), ...own];
  const { items } = outer.reduceRight(
    ({ items, step }, size, axis) => ({
      items: Array.from({ length: size }, (_, i) => (aligned[axis] === 1 ? 0 : i * step)).flatMap((start) =>
        items.map((item) => start + item),
      ),
      step: step * aligned[axis]!,
    }),
    { items: [0] as readonly number[], step: 1 },
  );
  return items;
};

/**
 * The sizes of the matrix product of two shapes; their outer axes broadcast.
 *
 * @throws Error if a factor has fewer than two axes, or if the shared axis or the outer axes do not match
 */
export const matrices = (a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): Matrices => {
  if (a.length < 2 || b.length < 2)
    throw new Error(
      `Error in matMul: both factors must have at least two axes, got shapes [${a}] and [${b}]`,
    );
  const [rows, depth] = (transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)]) as [number, number];
  const [inner, columns] = (transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)]) as [number, number];
  if (depth !== inner)
    throw new Error(
      `Error in matMul: inner shapes (${depth}) and (${inner}) of tensors with shapes [${a}] and [${b}], ` +
        `transposeA=${transposeA} and transposeB=${transposeB}, must match`,
    );
  const outer = broadcast_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2));
  const [itemsOfA, itemsOfB] = [a, b].map((x) => broadcastItems(x.slice(0, -2), outer)) as [
    readonly number[],
    readonly number[],
  ];
  return { rows, columns, depth, outer, itemsOfA, itemsOfB };
};

/** Merges a batch of products into one larger product where all of them share `b`. */
export const merged = (m: Matrices, transposeA: boolean): Matrices => {
  const { itemsOfA, itemsOfB } = m;
  const together =
    !transposeA && itemsOfB.every((item) => item === 0) && itemsOfA.every((item, at) => item === at);
  return together ? { ...m, rows: m.rows * itemsOfA.length, itemsOfA: [0], itemsOfB: [0] } : m;
};
