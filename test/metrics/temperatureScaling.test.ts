import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accuracy, negativeLogLikelihood, temperatureScaling } from '../../src/metrics/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { mean, type Predictions, predicted, predictions, toTensors } from './predictions.ts';

const SMALLEST = 2 ** -126;

/** The mean negative log likelihood of `softmax(log p / temperature)`, in doubles. */
const loss = ({ probabilities, labels }: Predictions, temperature: number): number =>
  mean(
    probabilities.map((row, i) => {
      const logits = row.map((p) => Math.log(Math.max(p, SMALLEST)) / temperature);
      const most = Math.max(...logits);
      return most - logits[labels[i]!]! + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - most), 0));
    }),
  );

/** The least loss on a grid of 201 temperatures from 0.01 to 100. */
const leastOnGrid = (given: Predictions): number =>
  Math.min(...Array.from({ length: 201 }, (_, i) => loss(given, 100 ** (i / 100 - 1))));

const dispose = (...tensors: readonly tf.Tensor[]): void => tf.dispose([...tensors]);

describeOnBackends('temperatureScaling', () => {
  it('has the least loss of all temperatures, which never exceeds that of the rows as they are', async () => {
    await fc.assert(
      fc.asyncProperty(predictions, async (given) => {
        const [p, labels] = toTensors(given);
        const { temperature, apply } = await temperatureScaling(p, labels);
        expect(temperature).toBeGreaterThanOrEqual(0.01);
        expect(temperature).toBeLessThanOrEqual(100);
        const found = loss(given, temperature);
        expect(found).toBeLessThanOrEqual(loss(given, 1));
        expect(found).toBeLessThanOrEqual(leastOnGrid(given) + 1e-9);
        // And so measured by the metric.
        const scaled = apply(p);
        const [after, before] = [negativeLogLikelihood(scaled, labels), negativeLogLikelihood(p, labels)];
        expect(values(after)[0]!).toBeLessThanOrEqual(values(before)[0]! * (1 + 1e-5) + 1e-6);
        dispose(p, labels, scaled, after, before);
      }),
      { numRuns: runs(100) },
    );
  });

  it('recovers the temperature of probabilities that were made too sharp', async () => {
    // Frequencies 8 : 4 : 2 : 1; the model raises them to a power.
    const shares = [8, 4, 2, 1];
    const labels = shares.flatMap((share, k) => Array.from({ length: share }, () => k));
    for (const power of [0.5, 1, 3]) {
      const weights = shares.map((share) => share ** power);
      const total = weights.reduce((sum, each) => sum + each);
      const p = tf.tensor2d(labels.map(() => weights.map((each) => each / total)));
      const y = tf.tensor1d(labels, 'int32');
      const { temperature, apply } = await temperatureScaling(p, y);
      expect(temperature).toBeCloseTo(power, 5);
      const [row = []] = tf.tidy(() => apply(p).arraySync() as number[][]);
      expectNumbers(
        row,
        shares.map((share) => share / 15),
      );
      dispose(p, y);
    }
  });

  it('stays within 0.01 and 100 where no temperature is best', async () => {
    const fit = async (rows: number[][], labels: number[]) => {
      const [p, y] = [tf.tensor2d(rows), tf.tensor1d(labels, 'int32')];
      const { temperature } = await temperatureScaling(p, y);
      dispose(p, y);
      return temperature;
    };
    const rows = [
      [0.6, 0.4],
      [0.3, 0.7],
    ];
    expect(await fit(rows, [0, 1])).toBeCloseTo(0.01, 10);
    expect(await fit(rows, [1, 0])).toBeCloseTo(100, 6);
    // On uniform probabilities it changes nothing.
    expect(await fit([[0.5, 0.5]], [1])).toBe(1);
    // A probability of 0 for the label counts as 2^-126.
    expect(await fit([[1, 0]], [1])).toBeCloseTo(100, 6);
    expect(await fit([[1, 0]], [0])).toBe(1);
  });

  it('keeps the sum at 1 and the order of the classes, at any temperature', () => {
    fc.assert(
      fc.property(predictions, fc.double({ min: 0.01, max: 100, noNaN: true }), (given, temperature) =>
        tf.tidy(() => {
          const [p, labels] = toTensors(given);
          const scaled = temperatureScaling({ temperature }).apply(p);
          expect(scaled.shape).toEqual(p.shape);
          expectNumbers(
            values(tf.sum(scaled, 1)),
            given.labels.map(() => 1),
          );
          (scaled.arraySync() as number[][]).forEach((row, i) => {
            expect(row[predicted(given.probabilities[i]!)]).toBe(Math.max(...row));
          });
          if (temperature >= 1) {
            const sharper = values(tf.sub(tf.max(scaled, 1), tf.max(p, 1)));
            expect(Math.max(...sharper)).toBeLessThan(1e-5);
          }
          expect(values(accuracy(scaled, labels))[0]!).toBeGreaterThanOrEqual(0);
        }),
      ),
      { numRuns: runs(50) },
    );
  });

  it('of binary outputs is that of two classes, kept in their shape', async () => {
    const ones = [0.9, 0.8, 0.95, 0.3, 0.7, 0.05];
    const labels = [1, 0, 1, 0, 1, 1];
    const two = tf.tensor2d(ones.map((p) => [1 - p, p]));
    const expected = await temperatureScaling(two, tf.tensor1d(labels, 'int32'));
    const single = await temperatureScaling(tf.tensor2d(ones, [6, 1]), tf.tensor1d(labels, 'int32'));
    const outputs = tf.tensor2d(ones, [3, 2]);
    const several = await temperatureScaling(outputs, tf.tensor2d(labels, [3, 2], 'int32'), {
      multiLabel: true,
    });
    expect(single.temperature).toBeCloseTo(expected.temperature, 4);
    expect(several.temperature).toBeCloseTo(expected.temperature, 4);
    expect(several.multiLabel).toBe(true);
    const scaled = several.apply(outputs);
    const mapped = vmap((each: tf.Tensor) => several.apply(each))(outputs);
    expectNumbers(take(mapped), values(scaled));
    expect(scaled.shape).toEqual([3, 2]);
    const column = take(tf.tidy(() => tf.slice(expected.apply(two), [0, 1], [6, 1])));
    expectNumbers(values(scaled), column, 1e-4);
    dispose(two, outputs, scaled);
  });

  it('is made again from its JSON', async () => {
    const [p, y] = [
      tf.tensor2d([
        [0.9, 0.1],
        [0.8, 0.2],
        [0.6, 0.4],
      ]),
      tf.tensor1d([0, 1, 0], 'int32'),
    ];
    const fitted = await temperatureScaling(p, y);
    const again = temperatureScaling(JSON.parse(JSON.stringify(fitted)));
    expect(again.temperature).toBe(fitted.temperature);
    expect(take(again.apply(p))).toEqual(take(fitted.apply(p)));
    dispose(p, y);
  });

  it('leaks nothing', async () => {
    const [p, y] = [tf.fill([4, 3], 1 / 3), tf.tensor1d([0, 1, 2, 0], 'int32')];
    const before = tf.memory().numTensors;
    const { apply } = await temperatureScaling(p, y);
    await expect(
      temperatureScaling(
        tf.tidy(() => tf.keep(tf.mul(p, 2))),
        y,
      ),
    ).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before + 1);
    expectNoLeak(() => apply(p));
    dispose(p, y);
  });

  it('rejects an invalid prediction or temperature by name', async () => {
    const [p, y] = [tf.fill([2, 2], 0.5), tf.tensor1d([0, 1], 'int32')];
    for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(() => temperatureScaling({ temperature: temperature as number })).toThrow(
        'temperatureScaling: temperature must be a finite number above 0, got ',
      );
    }
    await expect(temperatureScaling(p, tf.tensor1d([0]))).rejects.toThrow(
      'temperatureScaling: labels must be a tensor of class labels of shape [2], got ',
    );
    await expect(temperatureScaling(p, tf.tensor1d([0, 2]))).rejects.toThrow(
      /temperatureScaling: (labels must be class labels, integers from 0 to 1|row 1 must be)/,
    );
    const logits = tf.tensor2d([
      [0.5, 0.5],
      [2, -3],
    ]);
    await expect(temperatureScaling(logits, y)).rejects.toThrow('temperatureScaling: row 1 ');
    dispose(p, y, logits);
  });
});
