import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accuracy, brierScore, entropy, negativeLogLikelihood } from '../../src/metrics/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { mean, type Predictions, predicted, predictions, toTensors } from './predictions.ts';

const number = (x: tf.Tensor): number => x.dataSync()[0]!;

const near = (actual: number, expected: number, tolerance = 2e-6): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
};

const metrics = { accuracy, negativeLogLikelihood, brierScore } as const;

const references: Readonly<Record<keyof typeof metrics, (given: Predictions) => number>> = {
  accuracy: ({ probabilities, labels }) =>
    mean(probabilities.map((row, i) => (predicted(row) === labels[i] ? 1 : 0))),
  negativeLogLikelihood: ({ probabilities, labels }) =>
    mean(probabilities.map((row, i) => -Math.log(Math.max(row[labels[i]!]!, 2 ** -126)))),
  brierScore: ({ probabilities, labels }) =>
    mean(
      probabilities.map((row, i) => row.reduce((sum, p, k) => sum + (p - (labels[i] === k ? 1 : 0)) ** 2, 0)),
    ),
};

const names = Object.keys(metrics) as readonly (keyof typeof metrics)[];

describeOnBackends('metrics of labels', () => {
  it.each(names)('equal plain arithmetic: %s', (name) => {
    fc.assert(
      fc.property(predictions, (given) =>
        tf.tidy(() => {
          const value = metrics[name](...toTensors(given));
          expect(value.shape).toEqual([]);
          near(number(value), references[name](given));
        }),
      ),
    );
  });

  it('entropy equals plain arithmetic, for any number of axes', () => {
    fc.assert(
      fc.property(predictions, ({ probabilities, labels }) =>
        tf.tidy(() => {
          const [p] = toTensors({ probabilities, labels });
          const rows = entropy(p);
          expect(rows.shape).toEqual([probabilities.length]);
          rows.dataSync().forEach((value, i) => {
            near(value, -probabilities[i]!.reduce((sum, q) => sum + (q > 0 ? q * Math.log(q) : 0), 0));
          });
          expect(entropy(tf.stack([p, p])).dataSync()).toEqual(tf.stack([rows, rows]).dataSync());
        }),
      ),
    );
  });

  it('have the values known in closed form', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([0, 1, 2], 'int32');
      const right = tf.cast(tf.oneHot(labels, 3), 'float32');
      const wrong = tf.cast(tf.oneHot(tf.tensor1d([1, 2, 0], 'int32'), 3), 'float32');
      const unsure = tf.fill([3, 3], 1 / 3);
      near(number(accuracy(right, labels)), 1);
      near(number(accuracy(wrong, labels)), 0);
      near(number(accuracy(unsure, labels)), 1 / 3);
      near(number(negativeLogLikelihood(right, labels)), 0);
      near(number(negativeLogLikelihood(wrong, labels)), 126 * Math.LN2);
      near(number(negativeLogLikelihood(unsure, labels)), Math.log(3));
      near(number(brierScore(right, labels)), 0);
      near(number(brierScore(wrong, labels)), 2);
      near(number(brierScore(unsure, labels)), 2 / 3);
      near(number(tf.max(entropy(right))), 0);
      near(number(tf.min(entropy(unsure))), Math.log(3));
    });
  });

  it('take float labels and further axes', () => {
    tf.tidy(() => {
      const p = tf.tensor3d([
        [
          [0.9, 0.1],
          [0.2, 0.8],
        ],
        [
          [0.6, 0.4],
          [0.3, 0.7],
        ],
      ]);
      const labels = tf.tensor2d([
        [0, 1],
        [1, 1],
      ]);
      near(number(accuracy(p, labels)), 0.75);
      near(number(negativeLogLikelihood(p, labels)), -mean([0.9, 0.8, 0.4, 0.7].map(Math.log)));
    });
  });

  it('leak nothing', () => {
    const [p, labels] = [tf.fill([4, 3], 1 / 3), tf.tensor1d([0, 1, 2, 0], 'int32')];
    const before = tf.memory().numTensors;
    const made = [...names.map((name) => metrics[name](p, labels)), entropy(p)];
    expect(tf.memory().numTensors).toBe(before + made.length);
    tf.dispose([...made, p, labels]);
  });

  it('refuse shapes that do not fit, by name', () => {
    tf.tidy(() => {
      const p = tf.fill([2, 3], 1 / 3);
      for (const name of names) {
        expect(() => metrics[name](p, tf.tensor1d([1]))).toThrow(
          `${name}: labels must be a tensor of class labels of shape [2], got a float32 tensor of shape [1]`,
        );
        expect(() => metrics[name](3 as never, p)).toThrow(
          `${name}: probabilities must be a tensor of shape [batch, classes], not empty, got 3`,
        );
        expect(() => metrics[name](tf.zeros([0, 3]), tf.zeros([0]))).toThrow(
          `${name}: probabilities must be`,
        );
      }
      expect(() => entropy(tf.scalar(1))).toThrow('entropy: probabilities must be');
    });
  });
});
