import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { random, split } from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';

const key = random.key(0);

const counts = (n: number): readonly number[] => Array.from({ length: n }, (_, row) => row);

const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);

const sizes = <N extends string>(rows: number, shares: Readonly<Record<N, number>>) =>
  Object.fromEntries(
    Object.entries<readonly number[]>(split(counts(rows), shares, key)).map(([name, part]) => [
      name,
      part.length,
    ]),
  );

describeOnBackends('split', () => {
  it('puts every row in one part, of the size of its share up to a row, in an order of the key', () => {
    const drawn = fc.record({
      weights: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
      rows: fc.integer({ min: 100, max: 300 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(drawn, ({ weights, rows, seed }) => {
        const total = weights.reduce((a, b) => a + b, 0);
        const shares = Object.fromEntries(weights.map((weight, at) => [`part${at}`, weight / total]));
        const parts = split(counts(rows), shares, random.key(seed));
        expect(Object.keys(parts)).toEqual(Object.keys(shares));
        expect(sorted(Object.values(parts).flat())).toEqual(counts(rows));
        for (const [name, part] of Object.entries(parts))
          expect(Math.abs(part.length - shares[name]! * rows)).toBeLessThan(1);
        expect(split(counts(rows), shares, random.key(seed))).toEqual(parts);
        expect(split(counts(rows), shares, random.key(seed + 1))).not.toEqual(parts);
      }),
      { numRuns: runs(30) },
    );
  });

  it('gives the rows that are left to the largest remainders, and takes counts', () => {
    expect(sizes(10, { train: 0.8, validation: 0.1, test: 0.1 })).toEqual({
      train: 8,
      validation: 1,
      test: 1,
    });
    expect(sizes(7, { a: 1 / 3, b: 1 / 3, c: 1 / 3 })).toEqual({ a: 3, b: 2, c: 2 });
    expect(sizes(11, { a: 0.65, b: 0.35 })).toEqual({ a: 7, b: 4 });
    expect(sizes(100, { a: 0.29, b: 0.71 })).toEqual({ a: 29, b: 71 });
    expect(sizes(9, { train: 5, test: 4 })).toEqual({ train: 5, test: 4 });
    expect(sizes(1, { all: 1 })).toEqual({ all: 1 });
    expect(sizes(3, { all: 1 })).toEqual({ all: 3 });
  });

  it('is fair: each row is in a part as often as its share says', () => {
    const n = 2000;
    const inTest = counts(n).map(
      (seed) => split(counts(5), { train: 0.6, test: 0.4 }, random.key(seed)).test,
    );
    for (const row of counts(5)) {
      const share = inTest.filter((part) => part.includes(row)).length / n;
      expect(Math.abs(share - 0.4)).toBeLessThan(4 * Math.sqrt((0.4 * 0.6) / n));
    }
  });

  it('keeps the rows of a tree of tensors together, with their types, and makes new tensors', () => {
    tf.tidy(() => {
      const targets = tf.range(0, 10, 1, 'int32');
      const inputs = tf.tile(tf.reshape(tf.range(0, 10), [10, 1]), [1, 3]);
      const even = tf.cast(tf.sub(1, tf.mod(targets, 2)), 'bool');
      const data = { inputs: [inputs, { even }] as const, targets };
      const { train, test } = split(data, { train: 0.7, test: 0.3 }, key);
      expect(train.inputs[0].shape).toEqual([7, 3]);
      expect(sorted([...values(train.targets), ...values(test.targets)])).toEqual(counts(10));
      for (const part of [train, test]) {
        expect(values(tf.mean(part.inputs[0], 1))).toEqual(values(part.targets));
        expect(part.targets.dtype).toBe('int32');
        expect(part.inputs[1].even.dtype).toBe('bool');
        expect(values(part.inputs[1].even)).toEqual(values(part.targets).map((row) => 1 - (row % 2)));
      }
      // The rows of a list are in the same order as those of tensors.
      expect(split(counts(10), { train: 0.7, test: 0.3 }, key).test).toEqual(values(test.targets));
    });
    const x = tf.ones([4, 2]);
    expectNoLeak(() => split({ x }, { a: 1, b: 3 }, key));
    expectNoLeak(() => split(x, { all: 1 }, key));
  });

  it('refuses shares that do not sum to all, parts without rows and data without rows', () => {
    const refused = (message: string | RegExp, shares: unknown, data: unknown = counts(20)) =>
      expectNoLeak(() => {
        expect(() => split(data, shares as { readonly a: number }, key)).toThrow(message);
      });
    const sum =
      'split: shares must be fractions that sum to 1, or counts that sum to the 20 rows, got a sum of';
    refused(`${sum} 1.1`, { train: 0.8, test: 0.3 });
    refused(`${sum} 19`, { train: 9, test: 10 });
    refused(`${sum} 0.99`, { train: 0.99 });
    refused('split: test must have at least one row, got none of 20 for a share of 0.01', {
      train: 0.99,
      test: 0.01,
    });
    for (const share of [0, -0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.5', undefined])
      refused('split: b must be a fraction above 0 or a positive count of rows, got', { a: 0.5, b: share });
    for (const shares of [undefined, {}, [0.5, 0.5], 0.8])
      refused('split: shares must be a record of fractions, such as { train: 0.8, test: 0.2 }, got', shares);
    const [x, short, none, one] = [tf.ones([20, 1]), tf.ones([19]), tf.ones([0, 1]), tf.scalar(1)];
    refused('split: data.y must be a tensor of 20 rows like the others, got', { a: 1 }, { x, y: short });
    refused('split: data.y must be a tensor of 20 rows like the others, got', { a: 1 }, { x, y: one });
    refused('split: data must be a tensor with at least one row, got', { a: 1 }, none);
    for (const data of [[], {}, { inputs: [1] }, undefined, 'rows'])
      refused('split: data must be a tree of tensors, or a list of rows, got', { a: 1 }, data ?? null);
    expect(() => split([1], { a: 1 }, 0 as never)).toThrow('split: key must be a random key, got 0');
  });
});
