import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { random, tree } from '../../src/index.ts';
import { crossValidate, type Fold, job, table } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';

const key = random.key(3);
const here = import.meta.url;

beforeAll(() => start('cpu'));

describe('cross-validation', () => {
  const folds = job(here, 'folds', ({ fold, train, test }: Fold<readonly number[]>, own) => ({
    ...{ fold, train, test },
    key: random.keyData(own),
  }));
  const run = async (rows: number, count: number) => {
    const data = Array.from({ length: rows }, (_, row) => row);
    const all = await crossValidate(folds, data, { folds: count, key });
    return all.map(({ config, outcome }) => {
      if (E.isLeft(outcome)) throw new Error(outcome.left.message);
      expect([config.fold, outcome.right.value.fold]).toEqual([outcome.right.input, outcome.right.input]);
      return outcome.right.value;
    });
  };

  it('tests every row once, and trains on all others', async () => {
    const sizes = fc
      .integer({ min: 2, max: 30 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 2, max: rows })));
    await fc.assert(
      fc.asyncProperty(sizes, async ([rows, count]) => {
        const found = await run(rows, count);
        const every = Array.from({ length: rows }, (_, row) => row);
        expect(found).toHaveLength(count);
        expect(found.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(every);
        for (const { train, test } of found) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual(every);
          expect(Math.abs(test.length - rows / count)).toBeLessThan(1);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('shuffles the rows by its key, and gives each job the key of its fold', async () => {
    const found = await run(12, 3);
    expect(found.map((each) => each.key)).toEqual(
      [0, 1, 2].map((i) => random.keyData(random.foldIn(key, i))),
    );
    const order = found.flatMap(({ test }) => test);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect(await run(12, 3)).toEqual(found);
  });

  it('cuts tensors, passes settings on, and leaves no tensor', async () => {
    const x = tf.range(0, 7);
    const data = { x, y: tf.mul(tf.reshape(x, [7, 1]), 2) };
    const scale = tf.scalar(3);
    const scaled = job(
      here,
      'scaled',
      ({ train, test, config }: Fold<typeof data, { readonly scale: tf.Tensor }>) =>
        tf.tidy(() => {
          const error = tf.sub(tf.mul(test.x, config.scale), tf.squeeze(test.y, [1]));
          return { rows: train.y.shape[0]!, error: tf.sum(error).dataSync()[0]! };
        }),
    );
    const before = tf.memory().numTensors;
    const rows = await crossValidate(scaled, data, { folds: 3, key, config: { scale } });
    expect(tf.memory().numTensors).toBe(before);
    const flat = table(rows);
    expect(flat.map((row) => row.rows)).toEqual([5, 5, 4]);
    expect(flat.reduce((sum, { error }) => sum + Number(error), 0)).toBe(21);
    tree.dispose([data, scale]);
  });

  it('has a row for a fold that fails', async () => {
    const picky = job(here, 'picky', ({ fold }: Fold<readonly number[]>) => {
      if (fold === 1) throw new Error('not 1');
      return fold;
    });
    expect(table(await crossValidate(picky, [1, 2, 3, 4], { folds: 2, key }))).toEqual([
      { input: 0, fold: 0, value: 0 },
      { input: 1, fold: 1, failure: 'Threw: not 1' },
    ]);
  });

  const given = (value: unknown) => value as never;
  it.each<[string, () => unknown, string]>([
    [
      'data',
      () => crossValidate(folds, [], { key }),
      'parallel.crossValidate: data must be a tree of tensors, or a list of rows, got []',
    ],
    [
      'two folds',
      () => crossValidate(folds, [1, 2], { folds: 1, key }),
      'parallel.crossValidate: folds must be from 2 to the 2 rows, got 1',
    ],
    [
      'as many folds as rows',
      () => crossValidate(folds, [1, 2], { folds: 3, key }),
      'parallel.crossValidate: folds must be from 2 to the 2 rows, got 3',
    ],
    [
      'a key',
      () => crossValidate(folds, [1, 2], given({ folds: 2 })),
      'parallel.crossValidate: key must be a random key, got undefined',
    ],
    [
      'a job',
      () => crossValidate(given(1), [1, 2], { folds: 2, key }),
      'parallel.crossValidate: job must be a job',
    ],
    [
      'a runner',
      () => crossValidate(folds, [1, 2], { folds: 2, key, runner: given(2) }),
      'parallel.crossValidate: runner must be a runner',
    ],
  ])('refuses, at once, what is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
