import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calibration } from '../../src/metrics/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { mean, type Predictions, predicted, predictions, toTensors } from './predictions.ts';

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

const list = (x: tf.Tensor): readonly number[] => Array.from(x.dataSync());

interface Bin {
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

/** Bin by bin from the definition; the product is rounded to float32 so that both agree at the edges. */
const reference = ({ probabilities, labels }: Predictions, bins: number): readonly Bin[] =>
  Array.from({ length: bins }, (_, bin) => {
    const inside = probabilities.flatMap((row, i) => {
      const confidence = Math.max(...row);
      const place = Math.fround(confidence * bins);
      const within = place > bin && (place <= bin + 1 || bin === bins - 1);
      return within ? [{ confidence, right: predicted(row) === labels[i] ? 1 : 0 }] : [];
    });
    const count = inside.length;
    return {
      count,
      confidence: count === 0 ? 0 : mean(inside.map(({ confidence }) => confidence)),
      accuracy: count === 0 ? 0 : mean(inside.map(({ right }) => right)),
    };
  });

/** The sums of the first 0, 1, ... counts. */
const cumulative = (counts: readonly number[]): readonly number[] =>
  [...counts, 0].map((_, bin) => counts.slice(0, bin).reduce((sum, count) => sum + count, 0));

/** Rows in bins of equal width from the definition, or in order in bins of known counts. */
const binnedBy = (
  confidence: readonly number[],
  hits: readonly number[],
  counts: readonly number[],
  adaptive: boolean,
): readonly Bin[] => {
  const rows = confidence.map((each, i) => ({ each, hit: hits[i]! })).sort((a, b) => a.each - b.each);
  const ends = cumulative(counts);
  return counts.map((_, bin) => {
    const inside = adaptive
      ? rows.slice(ends[bin], ends[bin + 1])
      : rows.filter(({ each }) => {
          const place = Math.fround(each * counts.length);
          return (place > bin || bin === 0) && (place <= bin + 1 || bin === counts.length - 1);
        });
    return {
      count: inside.length,
      confidence: inside.length === 0 ? 0 : mean(inside.map(({ each }) => each)),
      accuracy: inside.length === 0 ? 0 : mean(inside.map(({ hit }) => hit)),
    };
  });
};

const near = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, i) => {
    expect(Math.abs(x - expected[i]!)).toBeLessThan(2e-6);
  });
};

describeOnBackends('calibration', () => {
  it('equals the definition, bin by bin', () => {
    fc.assert(
      fc.property(predictions, fc.integer({ min: 1, max: 20 }), (given, bins) =>
        tf.tidy(() => {
          const found = calibration(...toTensors(given), { bins });
          const expected = reference(given, bins);
          const rows = given.labels.length;
          near(
            list(found.count),
            expected.map(({ count }) => count),
          );
          near(
            list(found.confidence),
            expected.map(({ confidence }) => confidence),
          );
          near(
            list(found.accuracy),
            expected.map(({ accuracy }) => accuracy),
          );
          near(list(found.ece), [
            expected.reduce(
              (sum, { count, confidence, accuracy }) =>
                sum + (count / rows) * Math.abs(accuracy - confidence),
              0,
            ),
          ]);
        }),
      ),
    );
  });

  it('is 0 if confidence equals accuracy, and the confidence if all are wrong', () => {
    tf.tidy(() => {
      const p = tf.tensor2d(Array.from({ length: 5 }, () => [0.6, 0.4]));
      near(list(calibration(p, tf.tensor1d([0, 1, 0, 1, 0], 'int32')).ece), [0]);
      near(list(calibration(p, tf.tensor1d([1, 1, 1, 1, 1], 'int32')).ece), [0.6]);
      const sure = tf.tensor2d([
        [1, 0],
        [1, 0],
      ]);
      near(list(calibration(sure, tf.tensor1d([0, 0], 'int32')).ece), [0]);
      near(list(calibration(sure, tf.tensor1d([1, 1], 'int32')).ece), [1]);
    });
  });

  it('puts an upper edge into the bin below, and has 15 bins by default', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([0, 0, 0], 'int32');
      const p = tf.tensor2d([
        [0.5, 0.5],
        [0.75, 0.25],
        [0.76, 0.24],
      ]);
      expect(list(calibration(p, labels, { bins: 4 }).count)).toEqual([0, 1, 1, 1]);
      expect(calibration(p, labels).count.shape).toEqual([15]);
    });
  });

  it('has adaptive bins of equally many rows, whatever their order', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.float({ min: 0.5, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        (sure, bins, seed) =>
          tf.tidy(() => {
            const shuffled = [...sure].sort((a, b) => ((a * 7919 + seed) % 1) - ((b * 7919 + seed) % 1));
            const ascending = [...sure].sort((a, b) => a - b);
            const right = (confidence: number) => (Math.round(confidence * 97) % 3 === 0 ? 1 : 0);
            const p = tf.tensor2d(shuffled.map((each) => [each, 1 - each]));
            const labels = tf.tensor1d(
              shuffled.map((each) => 1 - right(each)),
              'int32',
            );
            const found = calibration(p, labels, { bins, adaptive: true });
            const counts = list(found.count);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
            // Bin by bin in ascending order of confidence.
            const ends = cumulative(counts);
            const inside = counts.map((_, bin) => ascending.slice(ends[bin], ends[bin + 1]));
            const average = (rows: readonly number[]) => (rows.length === 0 ? 0 : mean(rows));
            near(list(found.confidence), inside.map(average));
            near(
              list(found.accuracy),
              inside.map((rows) => average(rows.map(right))),
            );
            near(list(found.ece), [
              inside.reduce((sum, rows) => {
                const gap = Math.abs(average(rows) - average(rows.map(right)));
                return sum + (rows.length / sure.length) * gap;
              }, 0),
            ]);
            const edges = list(found.edges!);
            expect([edges[0], edges.at(-1)]).toEqual([0, 1]);
            inside.forEach((rows, bin) => {
              for (const each of rows) {
                expect(each).toBeGreaterThanOrEqual(edges[bin]!);
                expect(each).toBeLessThanOrEqual(edges[bin + 1]!);
              }
            });
          }),
      ),
    );
  });

  it('keeps rows of the same confidence in one adaptive bin', () => {
    tf.tidy(() => {
      const p = tf.tensor2d([0.9, 0.6, 0.9, 0.9, 0.9, 0.7, 0.9].map((each) => [each, 1 - each]));
      const found = calibration(p, tf.zeros([7], 'int32'), { bins: 3, adaptive: true });
      expect(list(found.count)).toEqual([2, 5, 0]);
      near(list(found.edges!), [0, 0.8, 1, 1]);
    });
  });

  it.each([false, true])('by class is that of each class against the rest, adaptive: %s', (adaptive) => {
    fc.assert(
      fc.property(predictions, (given) =>
        tf.tidy(() => {
          const [p, labels] = toTensors(given);
          const options = { bins: 5, adaptive };
          const found = calibration(p, labels, { ...options, classwise: true });
          const columns = tf.unstack(p, 1);
          const gaps = columns.map((column, k) => {
            const hits = given.labels.map((label) => (label === k ? 1 : 0));
            const rows = binnedBy(list(column), hits, list(tf.slice(found.count, [k, 0], [1, -1])), adaptive);
            near(
              list(tf.slice(found.confidence, [k, 0], [1, -1])),
              rows.map(({ confidence }) => confidence),
            );
            near(
              list(tf.slice(found.accuracy, [k, 0], [1, -1])),
              rows.map(({ accuracy }) => accuracy),
            );
            return rows.reduce(
              (sum, { count, confidence, accuracy }) =>
                sum + (count / given.labels.length) * Math.abs(confidence - accuracy),
              0,
            );
          });
          near(list(found.classEce), gaps);
          near(list(found.ece), [mean(gaps)]);
          expect(found.edges?.shape).toEqual(adaptive ? [columns.length, 6] : undefined);
        }),
      ),
    );
  });

  it('by class of two classes is the same for both, and 0 where probability is frequency', () => {
    tf.tidy(() => {
      const p = tf.tensor2d(Array.from({ length: 4 }, () => [0.25, 0.75]));
      const found = calibration(p, tf.tensor1d([0, 1, 1, 1], 'int32'), { classwise: true });
      near(list(found.classEce), [0, 0]);
      near(list(calibration(p, tf.ones([4], 'int32'), { classwise: true }).classEce), [0.25, 0.25]);
      // One output is two classes.
      const binary = calibration(tf.fill([4, 1], 0.75), tf.ones([4, 1]), { classwise: true });
      near(list(binary.classEce), [0.25, 0.25]);
    });
  });

  it('is mapped by vmap, with all options', () => {
    const p = tf.softmax(tf.mul(3, tf.sin(tf.reshape(tf.range(0, 60), [2, 10, 3]))));
    const labels = tf.tensor2d(
      [upTo(10).map((i) => i % 3), upTo(10).map((i) => (i * i) % 3)],
      [2, 10],
      'int32',
    );
    tf.tidy(() => {
      for (const adaptive of [false, true]) {
        for (const classwise of [false, true]) {
          const options = { bins: 4, adaptive, classwise: classwise as true };
          const measure = (x: tf.Tensor, y: tf.Tensor) => calibration(x, y, options);
          const mapped = vmap(measure)(p, labels);
          const rows = [0, 1].map((at) =>
            measure(tf.unstack(p)[at] as tf.Tensor, tf.unstack(labels)[at] as tf.Tensor),
          );
          near(
            list(mapped.ece),
            rows.flatMap(({ ece }) => list(ece)),
          );
          near(
            list(mapped.accuracy),
            rows.flatMap(({ accuracy }) => list(accuracy)),
          );
        }
      }
    });
    tf.dispose([p, labels]);
  });

  it('leaks nothing', () => {
    const [p, labels] = [tf.fill([4, 3], 1 / 3), tf.tensor1d([0, 1, 2, 0], 'int32')];
    const before = tf.memory().numTensors;
    const found = calibration(p, labels);
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose(Object.values(found));
    expectNoLeak(() => calibration(p, labels, { adaptive: true }));
    expectNoLeak(() => calibration(p, labels, { adaptive: true, classwise: true }));
    tf.dispose([p, labels]);
  });

  it('refuses bad numbers of bins and shapes, by name', () => {
    tf.tidy(() => {
      const [p, labels] = [tf.fill([2, 3], 1 / 3), tf.tensor1d([0, 1], 'int32')];
      for (const bins of [0, 1.5, -1, '3']) {
        expect(() => calibration(p, labels, { bins: bins as number })).toThrow(
          'calibration: bins must be a positive integer, got ',
        );
      }
      for (const name of ['adaptive', 'classwise']) {
        expect(() => calibration(p, labels, { [name]: 1 })).toThrow(
          `calibration: ${name} must be true or false, got 1`,
        );
      }
      expect(() => calibration(p, p)).toThrow(
        'calibration: labels must be a tensor of class labels of shape [2]',
      );
    });
  });
});
