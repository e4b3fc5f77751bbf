import fc from 'fast-check';
import type { HKT } from 'fp-ts/HKT.js';
import type { Applicative } from 'fp-ts/lib/Applicative.js';
import * as C from 'fp-ts/lib/Const.js';
import * as E from 'fp-ts/lib/Either.js';
import * as N from 'fp-ts/lib/number.js';
import * as O from 'fp-ts/lib/Option.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import { describe, expect, it } from 'vitest';
import { isNode, type Path, traverse } from '../../src/tree/index.ts';

/** fp-ts says the kind of an instance by name; `traverse` is written for any kind. */
const over =
  <R>(applicative: unknown, visit: (leaf: unknown, path: Path) => R) =>
  (tree: unknown): R =>
    traverse(applicative as Applicative<'F'>)(
      (leaf, path) => visit(leaf, path) as unknown as HKT<'F', unknown>,
    )(tree) as unknown as R;

const tree = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.integer({ min: -2, max: 9 }),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

const numbers = (node: unknown): readonly number[] =>
  isNode(node) ? Object.values(node).flatMap(numbers) : [node as number];

const positive = (leaf: unknown, path: Path): E.Either<string, number> =>
  (leaf as number) >= 0 ? E.right((leaf as number) * 2) : E.left(path.join('.'));

describe('traverse', () => {
  it('gives none as soon as one leaf does, otherwise the rebuilt tree', () => {
    fc.assert(
      fc.property(tree, (t) => {
        const result = over(O.Applicative, (leaf) =>
          O.fromPredicate((x: unknown) => (x as number) >= 0)(leaf),
        )(t);
        expect(result).toEqual(numbers(t).every((x) => x >= 0) ? O.some(t) : O.none);
      }),
    );
  });

  it('fails in Either with the first failure in order of insertion', () => {
    expect(over(E.Applicative, positive)({ z: 1, b: { c: -1 }, a: [-1] })).toEqual(E.left('b.c'));
    expect(over(E.Applicative, positive)({ z: 1, a: [2, { x: 3 }] })).toEqual(
      E.right({ z: 2, a: [4, { x: 6 }] }),
    );
  });

  it('collects all failures in order if the applicative does', () => {
    const validation = E.getApplicativeValidation(RA.getSemigroup<string>());
    const visit = (leaf: unknown, path: Path) =>
      E.mapLeft((at: string) => [at] as readonly string[])(positive(leaf, path));
    expect(over(validation, visit)({ z: -1, b: 1, a: [0, -2] })).toEqual(E.left(['z', 'a.1']));
  });

  it('folds with a monoid, each leaf once', () => {
    fc.assert(
      fc.property(tree, (t) => {
        const sum = over(C.getApplicative(N.MonoidSum), (leaf) => C.make<number, unknown>(leaf as number))(t);
        expect(sum).toBe(numbers(t).reduce((a, b) => a + b, 0));
      }),
    );
  });

  it('gives array indices as strings in the path', () => {
    const paths = over(C.getApplicative(RA.getMonoid<Path>()), (_, path) =>
      C.make<readonly Path[], unknown>([path]),
    )({ a: [0, { b: 0 }], c: 0 });
    expect(paths).toEqual([['a', '0'], ['a', '1', 'b'], ['c']]);
  });

  it('treats anything that is neither a plain object nor an array as a leaf', () => {
    class Opaque {}
    expect([{}, [], Object.create(null)].map(isNode)).toEqual([true, true, true]);
    expect(
      [null, undefined, 1, 'a', () => 1, new Opaque(), new Map(), new Float32Array(1)].map(isNode),
    ).toEqual(Array.from({ length: 8 }, () => false));
  });
});
