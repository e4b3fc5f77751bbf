import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** A matrix product to test: the outer axes of its factors, its sizes, its transposes, and a seed. */
export interface Case {
  readonly outerA: readonly number[];
  readonly outerB: readonly number[];
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly seed: number;
}

/** Outer axes that broadcast against one another, of different ranks too. */
const outers: fc.Arbitrary<readonly (readonly number[])[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.boolean()), { maxLength: 3 })
  .chain((axes) =>
    fc
      .tuple(fc.nat(axes.length), fc.nat(axes.length))
      .map(([dropA, dropB]) => [
        axes.map(([size, one]) => (one ? 1 : size)).slice(dropA),
        axes.map(([size, , one]) => (one ? 1 : size)).slice(dropB),
      ]),
  );

const small = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** Cases with small sizes of every kind, empty ones among them. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    outers,
    rows: small,
    depth: small,
    columns: small,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ outers: [outerA, outerB], ...rest }) => ({ ...rest, outerA: outerA!, outerB: outerB! }));

/** The shapes of the factors as they are stored. */
export const listShapes = (c: Case): readonly [number[], number[]] => [
  [...c.outerA, ...(c.transposeA ? [c.depth, c.rows] : [c.rows, c.depth])],
  [...c.outerB, ...(c.transposeB ? [c.columns, c.depth] : [c.depth, c.columns])],
];

/** Numbers in [-1, 1) from a seed, quickly and well enough for a product. */
export const numbers = (length: number, seed: number): Float32Array => {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

export const countElements = (shape: readonly number[]): number =>
  shape.reduce((product, n) => product * n, 1);

const strides = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => countElements(shape.slice(axis + 1)));

/** The product in 64 bits, and the sum of the absolute values of its terms: rounding is measured against that. */
export const reference = (a: Float32Array, b: Float32Array, c: Case) => {
  const outer = tf.broadcast_util.assertAndGetBroadcastShape([...c.outerA], [...c.outerB]);
  const values = new Float64Array(countElements(outer) * c.rows * c.columns);
  const sizes = values.slice();
  const item = (own: readonly number[], place: number): number =>
    strides(outer).reduce((sum, stride, axis) => {
      const at = axis - (outer.length - own.length);
      const index = Math.floor(place / stride) % outer[axis]!;
      return at < 0 || own[at] === 1 ? sum : sum + index * strides(own)[at]!;
    }, 0);
  for (let place = 0; place < countElements(outer); place++) {
    const fromA = item(c.outerA, place) * c.rows * c.depth;
    const fromB = item(c.outerB, place) * c.depth * c.columns;
    for (let i = 0; i < c.rows; i++)
      for (let j = 0; j < c.columns; j++) {
        const to = (place * c.rows + i) * c.columns + j;
        for (let k = 0; k < c.depth; k++) {
          const x = a[fromA + (c.transposeA ? k * c.rows + i : i * c.depth + k)]!;
          const y = b[fromB + (c.transposeB ? j * c.depth + k : k * c.columns + j)]!;
          values[to]! += x * y;
          sizes[to]! += Math.abs(x * y);
        }
      }
  }
  return { shape: [...outer, c.rows, c.columns], values, sizes };
};
