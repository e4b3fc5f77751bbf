import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Axes, vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

/** One tensor of a tree: the shape of a sample, and where the mapped axis stands before and after. */
interface Leaf {
  readonly kind: 'leaf';
  readonly shape: readonly number[];
  readonly inAxis: number | null;
  readonly outAxis: number | null;
}

type Structure = Leaf | readonly Structure[] | { readonly [name: string]: Structure };

const isLeaf = (tree: unknown): tree is Leaf => typeof tree === 'object' && tree !== null && 'kind' in tree;

const mapTree = (
  tree: unknown,
  f: (leaf: unknown) => unknown,
  leaf: (value: unknown) => boolean,
): unknown => {
  if (leaf(tree)) return f(tree);
  if (Array.isArray(tree)) return tree.map((child) => mapTree(child, f, leaf));
  const entries = Object.entries(tree as Readonly<Record<string, unknown>>);
  return Object.fromEntries(entries.map(([name, child]) => [name, mapTree(child, f, leaf)]));
};

const drawnLeaf: fc.Arbitrary<Leaf> = fc
  .array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 })
  .chain((shape) => {
    const axis = fc.integer({ min: -shape.length - 1, max: shape.length });
    return fc.oneof(
      fc.record({
        kind: fc.constant('leaf' as const),
        shape: fc.constant(shape),
        inAxis: axis,
        outAxis: axis,
      }),
      fc.record({
        kind: fc.constant('leaf' as const),
        shape: fc.constant(shape),
        inAxis: fc.constant(null),
        outAxis: fc.option(axis, { nil: null }),
      }),
    );
  });

const { tree } = fc.letrec<{ tree: Structure; leaf: Leaf }>((tie) => ({
  leaf: drawnLeaf,
  tree: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('w', 'b', '0', 'inner'), tie('tree'), { minKeys: 1, maxKeys: 3 }),
  ) as fc.Arbitrary<Structure>,
}));

const front = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const moved = (x: tf.Tensor, from: number, to: number): tf.Tensor => {
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return tf.transpose(x, [...others.slice(0, to), from, ...others.slice(to)]);
};

describeOnBackends('trees of axes', () => {
  it('every tensor of a tree is mapped along its own axis, and comes out along its own', () => {
    fc.assert(
      fc.property(
        fc.array(tree, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 1, max: 3 }),
        (trees, size) => {
          tf.tidy(() => {
            const argumentLike = (leaf: unknown): tf.Tensor => {
              const { shape, inAxis } = leaf as Leaf;
              const at = inAxis === null ? 0 : front(inAxis, shape.length + 1);
              const full = inAxis === null ? shape : [...shape.slice(0, at), size, ...shape.slice(at)];
              return tf.randomUniform([...full], -1, 1, 'float32', shape.length + 1);
            };
            const expectedLike = (leaf: unknown): tf.Tensor => {
              const { shape, inAxis, outAxis } = leaf as Leaf;
              const x = tf.mul(2, argumentLike(leaf));
              const rank = shape.length + 1;
              if (inAxis !== null) return moved(x, front(inAxis, rank), front(outAxis!, rank));
              if (outAxis === null) return x;
              return tf.stack(Array<tf.Tensor>(size).fill(x), front(outAxis, rank));
            };
            const pickAxes = (name: 'inAxis' | 'outAxis'): Axes =>
              mapTree(trees, (leaf) => (leaf as Leaf)[name], isLeaf) as Axes;
            const isTensor = (value: unknown): boolean => value instanceof tf.Tensor;
            const seen: (readonly number[])[] = [];
            const f = (...args: readonly unknown[]): unknown =>
              mapTree(
                args,
                (x) => {
                  seen.push((x as tf.Tensor).shape);
                  return tf.mul(2, x as tf.Tensor);
                },
                isTensor,
              );
            const args = trees.map((one) => mapTree(one, argumentLike, isLeaf));
            const actual = vmap(f, {
              inAxes: pickAxes('inAxis'),
              outAxes: pickAxes('outAxis'),
              axisSize: size,
            })(...args);
            const results: tf.Tensor[] = [];
            mapTree(actual, (x) => results.push(x as tf.Tensor), isTensor);
            const leaves: Leaf[] = [];
            mapTree(trees, (leaf) => leaves.push(leaf as Leaf), isLeaf);
            expect(mapTree(actual, () => 0, isTensor)).toEqual(mapTree(trees, () => 0, isLeaf));
            expect(seen).toEqual(leaves.map(({ shape }) => shape));
            results.forEach((one, at) => {
              expectClose(one, expectedLike(leaves[at]));
            });
          });
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});
