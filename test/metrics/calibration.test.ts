import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calibration } from '../../src/metrics/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { mean, type Predictions, predicted, predictions, tensorsOf } from './predictions.ts';

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
          const found = calibration(...tensorsOf(given), { bins });
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

  it('leaks nothing', () => {
    const [p, labels] = [tf.fill([4, 3], 1 / 3), tf.tensor1d([0, 1, 2, 0], 'int32')];
    const before = tf.memory().numTensors;
    const found = calibration(p, labels);
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose([...Object.values(found), p, labels]);
  });

  it('refuses bad numbers of bins and shapes, by name', () => {
    tf.tidy(() => {
      const [p, labels] = [tf.fill([2, 3], 1 / 3), tf.tensor1d([0, 1], 'int32')];
      for (const bins of [0, 1.5, -1, '3']) {
        expect(() => calibration(p, labels, { bins: bins as number })).toThrow(
          'calibration: bins must be a positive integer, got ',
        );
      }
      expect(() => calibration(p, p)).toThrow(
        'calibration: labels must be a tensor of class labels of shape [2]',
      );
    });
  });
});
