import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { auroc, fpr95 } from '../../src/metrics/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { withoutSubnormal } from '../support/numbers.ts';

const area = (scores: readonly number[], positive: readonly boolean[]): number =>
  tf.tidy(() => auroc(tf.tensor1d([...scores]), tf.tensor1d([...positive], 'bool')).dataSync()[0]!);

/** Over all pairs of a positive and a negative: the part in which the positive is higher, equals half. */
const reference = (scores: readonly number[], positive: readonly boolean[]): number => {
  const wins = scores.flatMap((high, i) =>
    scores.flatMap((low, j) =>
      positive[i] && !positive[j] ? [high > low ? 1 : high === low ? 0.5 : 0] : [],
    ),
  );
  return wins.reduce((sum: number, x) => sum + x, 0) / wins.length;
};

const score = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.float({ min: -100, max: 100, noNaN: true }).map(withoutSubnormal),
);
const samples = fc.array(fc.tuple(score, fc.boolean()), { minLength: 1, maxLength: 60 });

describeOnBackends('auroc', () => {
  it('is the share of pairs in the right order', () => {
    fc.assert(
      fc.property(samples, (pairs) => {
        const [scores, positive] = [pairs.map(([s]) => s + 0), pairs.map(([, p]) => p)];
        const expected = reference(scores, positive);
        const found = area(scores, positive);
        if (Number.isNaN(expected)) expect(found).toBeNaN();
        else expect(Math.abs(found - expected)).toBeLessThan(5e-6);
      }),
    );
  });

  it('keeps its digits for many scores', () => {
    const n = 20_000;
    const scores = Array.from({ length: n }, (_, i) => i);
    const positive = scores.map((i) => i % 2 === 1);
    // Positive number j has j + 1 of the n / 2 negatives below it.
    expect(Math.abs(area(scores, positive) - (n / 2 + 1) / n)).toBeLessThan(1e-5);
  });

  it('is 1 for perfect scores, 0 for reversed ones and 0.5 if all are equal', () => {
    expect(area([1, 2, 3, 4], [false, false, true, true])).toBeCloseTo(1, 6);
    expect(area([1, 2, 3, 4], [true, true, false, false])).toBeCloseTo(0, 6);
    expect(area([7, 7, 7], [true, false, true])).toBeCloseTo(0.5, 6);
  });

  it('is NaN without a positive or without a negative', () => {
    for (const n of [1, 2, 3, 7, 10]) {
      const scores = Array.from({ length: n }, (_, i) => Math.sin(i));
      expect(
        area(
          scores,
          scores.map(() => true),
        ),
      ).toBeNaN();
      expect(
        area(
          scores,
          scores.map(() => false),
        ),
      ).toBeNaN();
    }
  });

  it('takes zeros and ones, leaks nothing and leaves its arguments unchanged', () => {
    const [scores, positive] = [tf.tensor1d([1, 3, 2]), tf.tensor1d([0, 1, 0], 'int32')];
    const before = tf.memory().numTensors;
    const found = auroc(scores, positive);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(found.dataSync()[0]).toBeCloseTo(1, 6);
    expect(Array.from(scores.dataSync())).toEqual([1, 3, 2]);
    tf.dispose([scores, positive, found]);
  });

  it('refuses shapes that do not fit, by name', () => {
    tf.tidy(() => {
      expect(() => auroc(tf.zeros([2, 2]), tf.zeros([2]))).toThrow(
        'auroc: scores must be a tensor of shape [n]',
      );
      expect(() => auroc(tf.zeros([2]), tf.zeros([3]))).toThrow(
        'auroc: isPositive must be a tensor of shape [2]',
      );
    });
  });
});

const rate = (scores: readonly number[], positive: readonly boolean[]): number =>
  tf.tidy(() => fpr95(tf.tensor1d([...scores]), tf.tensor1d([...positive], 'bool')).dataSync()[0]!);

/** Over all thresholds that enough positives reach: the least fraction of negatives that reach one. */
const leastRate = (scores: readonly number[], positive: readonly boolean[]): number => {
  const of = (kind: boolean) => scores.filter((_, i) => positive[i] === kind);
  const [positives, negatives] = [of(true), of(false)];
  const reach = (rows: readonly number[], threshold: number) =>
    rows.filter((each) => each >= threshold).length;
  const rates = scores
    .filter((threshold) => 20 * reach(positives, threshold) >= 19 * positives.length)
    .map((threshold) => reach(negatives, threshold) / negatives.length);
  return positives.length === 0 ? Number.NaN : Math.min(...rates);
};

describeOnBackends('fpr95', () => {
  it('is the least rate over all thresholds', () => {
    fc.assert(
      fc.property(samples, (pairs) => {
        const [scores, positive] = [pairs.map(([s]) => s + 0), pairs.map(([, p]) => p)];
        const expected = leastRate(scores, positive);
        const found = rate(scores, positive);
        if (Number.isNaN(expected)) expect(found).toBeNaN();
        else expect(Math.abs(found - expected)).toBeLessThan(1e-6);
      }),
    );
  });

  it('needs exactly 95 % of the positives, however many there are', () => {
    for (const positives of [1, 19, 20, 21, 40, 60, 99, 100, 1000]) {
      // The positives score 1, 2, ...; a negative stands below each of them.
      const scores = Array.from({ length: 2 * positives }, (_, i) => Math.floor(i / 2) + 0.5 * (i % 2));
      const positive = scores.map((_, i) => i % 2 === 1);
      const needed = Math.ceil((19 * positives) / 20);
      expect(rate(scores, positive) * positives).toBeCloseTo(needed - 1, 3);
    }
  });

  it('is 0 for perfect scores and 1 for reversed or equal ones, and takes infinite ones', () => {
    expect(rate([1, 2, 3, 4], [false, false, true, true])).toBe(0);
    expect(rate([1, 2, 3, 4], [true, true, false, false])).toBe(1);
    expect(rate([7, 7, 7], [true, false, true])).toBe(1);
    const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(rate(infinite, [false, true])).toBe(0);
    expect(rate(infinite, [true, false])).toBe(1);
  });

  it('leaks nothing and refuses shapes that do not fit, by name', () => {
    const [scores, positive] = [tf.tensor1d([1, 3, 2]), tf.tensor1d([0, 1, 0], 'int32')];
    expectNoLeak(() => fpr95(scores, positive));
    expect(() => fpr95(scores, tf.zeros([2]))).toThrow(
      'fpr95: isPositive must be a tensor of shape [3], got a float32 tensor of shape [2]',
    );
    expect(() => fpr95([1] as never, positive)).toThrow('fpr95: scores must be a tensor of shape [n], not');
    tf.dispose([scores, positive]);
  });
});
