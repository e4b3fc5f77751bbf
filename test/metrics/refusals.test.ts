import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  accuracy,
  auroc,
  brierScore,
  calibration,
  entropy,
  fpr95,
  negativeLogLikelihood,
} from '../../src/metrics/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { type Backend, describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { predictions, toTensors } from './predictions.ts';

type Metric = (probabilities: tf.Tensor, labels: tf.Tensor, options?: { multiLabel?: boolean }) => tf.Tensor;

const ece: Metric = (p, labels, options) => calibration(p, labels, options).ece;
const ofLabels: Readonly<Record<string, Metric>> = {
  accuracy,
  negativeLogLikelihood,
  brierScore,
  calibration: ece,
};
const ofProbabilities: Readonly<Record<string, Metric>> = {
  negativeLogLikelihood,
  brierScore,
  calibration: ece,
  entropy: (p, _, options) => entropy(p, options),
};

const number = (x: tf.Tensor): number => values(x)[0]!;

/** Refused where values can be read; NaN where they cannot, and inside `vmap` on every backend. */
const expectRefused = (
  backend: Backend,
  metric: Metric,
  p: tf.Tensor,
  y: tf.Tensor,
  message: string,
): void => {
  if (backend === 'webgpu') expect(values(metric(p, y)).some(Number.isNaN)).toBe(true);
  else expect(() => metric(p, y)).toThrow(message);
  const mapped = vmap((each: tf.Tensor, labels: tf.Tensor) => metric(each, labels));
  expect(values(mapped(tf.stack([p]), tf.stack([y]))).some(Number.isNaN)).toBe(true);
};

const labels = () => tf.tensor1d([0, 1], 'int32');

describeOnBackends('metrics of invalid predictions', (backend) => {
  const notProbabilities: readonly (readonly [string, number[][]])[] = [
    [
      'logits',
      [
        [2.5, -1],
        [0.3, 0.9],
      ],
    ],
    [
      'logits within 0 and 1',
      [
        [0.5, 0.5],
        [0.9, 0.3],
      ],
    ],
    [
      'log probabilities',
      [
        [-0.1, -2.3],
        [-0.7, -0.7],
      ],
    ],
    [
      'counts',
      [
        [3, 1],
        [2, 2],
      ],
    ],
    [
      'zeros',
      [
        [1, 0],
        [0, 0],
      ],
    ],
    [
      'NaN',
      [
        [0.5, 0.5],
        [Number.NaN, 0.5],
      ],
    ],
    [
      'infinity',
      [
        [Number.POSITIVE_INFINITY, 0],
        [0.5, 0.5],
      ],
    ],
    [
      'a negative one',
      [
        [1.5, -0.5],
        [0.5, 0.5],
      ],
    ],
  ];

  it.each(notProbabilities)('is refused: %s', (_, rows) => {
    for (const [name, metric] of Object.entries(ofProbabilities)) {
      expectRefused(backend, metric, tf.tensor2d(rows), labels(), `${name}: row `);
    }
  });

  it('names the row and what it holds', () => {
    if (backend === 'webgpu') return;
    const p = tf.tensor2d([
      [0.25, 0.75],
      [2.5, -1],
    ]);
    expect(() => negativeLogLikelihood(p, labels())).toThrow(
      'negativeLogLikelihood: row 1 of the probabilities must be from 0 to 1 with a sum of 1 (apply tf.softmax to logits), got [2.5, -1]',
    );
    expect(() => brierScore(tf.tensor2d([[2.5], [-1]]), labels())).toThrow(
      'brierScore: probabilities must be from 0 to 1 (apply tf.sigmoid to logits), got 2.5',
    );
  });

  it('accuracy alone compares logits, but not NaN', () => {
    expect(
      number(
        accuracy(
          tf.tensor2d([
            [2.5, -1],
            [0.3, 0.9],
          ]),
          labels(),
        ),
      ),
    ).toBe(1);
    expect(
      number(
        accuracy(
          tf.tensor2d([
            [Number.NEGATIVE_INFINITY, -1],
            [3, 9],
          ]),
          labels(),
        ),
      ),
    ).toBe(0.5);
    for (const p of [
      [
        [Number.NaN, Number.NaN],
        [0, 1],
      ],
      [
        [0.5, 0.5],
        [1, Number.NaN],
      ],
    ]) {
      expectRefused(backend, accuracy, tf.tensor2d(p), labels(), 'accuracy: row ');
    }
    expectRefused(
      backend,
      accuracy,
      tf.tensor2d([[2.5], [0.3]]),
      labels(),
      'accuracy: probabilities must be from 0 to 1',
    );
  });

  it.each([3, -1, 100_000, 0.5, Number.NaN])('is refused: the label %d among three classes', (bad) => {
    for (const [name, metric] of Object.entries(ofLabels)) {
      const y = tf.tensor1d([0, bad]);
      const message = `${name}: labels must be class labels, integers from 0 to 2, got ${bad}`;
      expectRefused(backend, metric, tf.fill([2, 3], 1 / 3), y, message);
    }
  });

  it.each([2, -1, 0.5, Number.NaN])('is refused: the label %d of a binary output', (bad) => {
    for (const [name, metric] of Object.entries(ofLabels)) {
      const y = tf.tensor2d([[0], [bad]]);
      const message = `${name}: labels of binary outputs must be zeros and ones, got ${bad}`;
      expectRefused(backend, metric, tf.fill([2, 1], 0.25), y, message);
    }
  });

  it('is refused: one-hot and soft labels of classes, and several outputs that may be classes', () => {
    const p = tf.tensor2d([
      [0.7, 0.2, 0.1],
      [0.1, 0.3, 0.6],
    ]);
    const oneHot = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    for (const [name, metric] of Object.entries(ofLabels)) {
      for (const each of [p, tf.sigmoid(p), tf.neg(p)]) {
        for (const given of [oneHot, p, tf.ones([2, 3], 'bool')]) {
          expect(() => metric(each, given)).toThrow(
            `${name}: labels must be a tensor of class labels of shape [2], such as tf.argMax(labels, -1) of one-hot ` +
              'labels ({ multiLabel: true } scores each output separately), got a ',
          );
        }
      }
    }
    expect(number(accuracy(p, oneHot, { multiLabel: true }))).toBeCloseTo(4 / 6, 6);
    expect(number(accuracy(p, tf.argMax(oneHot, -1)))).toBe(0.5);
  });

  it('is refused: scores that are NaN, and positives that are neither 0 nor 1', () => {
    for (const scores of [
      [Number.NaN, 1, 2],
      [0, 1, Number.NaN],
      [Number.NaN, Number.NaN, Number.NaN],
    ]) {
      for (const [name, metric] of Object.entries({ auroc, fpr95 }))
        expectRefused(backend, metric, tf.tensor1d(scores), tf.tensor1d([0, 1, 0]), `${name}: scores at `);
    }
    for (const bad of [-1, 2, Number.NaN]) {
      for (const [name, metric] of Object.entries({ auroc, fpr95 }))
        expectRefused(
          backend,
          metric,
          tf.tensor1d([1, 2, 3]),
          tf.tensor1d([0, bad, 1]),
          `${name}: isPositive at 1 must be 0 or 1`,
        );
    }
  });

  it('is accepted: rounding of probabilities, also that of float16', () => {
    const p = tf.tensor2d([
      [0.3333, 0.3333, 0.3333],
      [1.000001, -0.000001, 0],
    ]);
    expectNumbers(
      [number(negativeLogLikelihood(p, labels()))],
      [(-Math.log(0.3333) + 126 * Math.LN2) / 2],
      1e-4,
    );
    expect(number(tf.min(entropy(p)))).toBeGreaterThanOrEqual(0);
    const many = tf.softmax(tf.reshape(tf.mul(3, tf.sin(tf.range(0, 20_000))), [1, 20_000]));
    expect(number(negativeLogLikelihood(many, tf.tensor1d([3], 'int32')))).toBeGreaterThan(5);
  });

  it('is NaN only in its own row, for entropies that cannot be read', () => {
    const mapped = vmap((p: tf.Tensor) => entropy(p))(
      tf.tensor3d([
        [
          [0.5, 0.5],
          [2, 2],
        ],
      ]),
    );
    const [good, bad] = values(mapped);
    expect(good).toBeCloseTo(Math.LN2, 6);
    expect(bad).toBeNaN();
  });

  it('refuses options that it does not know', () => {
    const p = tf.fill([2, 2], 0.5);
    for (const [name, metric] of Object.entries({ ...ofLabels, entropy: ofProbabilities.entropy! })) {
      expect(() => metric(p, labels(), { multilabel: true } as never)).toThrow(
        `${name}: unknown option 'multilabel'; did you mean 'multiLabel'?`,
      );
      expect(() => metric(p, labels(), { multiLabel: 1 } as never)).toThrow(
        `${name}: multiLabel must be true or false`,
      );
    }
  });
});

describeOnBackends('metrics of binary outputs', () => {
  it('have the right values for the predictions of bernoulli', () => {
    const p = tf.tensor2d([[0.9], [0.2]]);
    for (const shape of [[2], [2, 1]]) {
      const zeros = tf.zeros(shape, 'int32');
      expect(number(accuracy(p, zeros))).toBe(0.5);
      expect(number(accuracy(p, tf.tensor([1, 0], shape)))).toBe(1);
      expect(number(accuracy(p, tf.tensor([0, 1], shape, 'bool')))).toBe(0);
      expectNumbers([number(negativeLogLikelihood(p, zeros))], [-(Math.log(0.1) + Math.log(0.8)) / 2]);
      expectNumbers([number(brierScore(p, zeros))], [0.81 + 0.04]);
      expectNumbers([number(calibration(p, zeros, { bins: 10 }).ece)], [(0.9 + 0.2) / 2]);
    }
    const h = (q: number) => -q * Math.log(q) - (1 - q) * Math.log(1 - q);
    expectNumbers(values(entropy(p)), [h(0.9), h(0.2)]);
    expect(entropy(p).shape).toEqual([2, 1]);
  });

  it('are those of the same numbers as two classes (property)', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 })).chain(([rows, outputs]) =>
          fc.record({
            shape: fc.constant([rows, outputs]),
            p: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
              minLength: rows * outputs,
              maxLength: rows * outputs,
            }),
            y: fc.array(fc.integer({ min: 0, max: 1 }), {
              minLength: rows * outputs,
              maxLength: rows * outputs,
            }),
          }),
        ),
        ({ shape, p, y }) =>
          tf.tidy(() => {
            const ones = tf.tensor(p, [...shape]);
            const classes = tf.stack([tf.sub(1, ones), ones], -1);
            const truth = tf.tensor(y, [...shape], 'int32');
            for (const [name, metric] of Object.entries({ ...ofLabels, ...ofProbabilities })) {
              const [binary, two] = [metric(ones, truth, { multiLabel: true }), metric(classes, truth)];
              expect(binary.shape, name).toEqual(two.shape);
              expectNumbers(values(binary), values(two));
            }
          }),
      ),
    );
  });

  it('take several outputs', () => {
    const p = tf.tensor2d([
      [0.9, 0.8, 0.1],
      [0.4, 0.7, 0.6],
    ]);
    const y = tf.tensor2d(
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      [2, 3],
      'int32',
    );
    expect(number(accuracy(p, y, { multiLabel: true }))).toBeCloseTo(4 / 6, 6);
    expectNumbers(
      [number(negativeLogLikelihood(p, y, { multiLabel: true }))],
      [-[0.9, 0.2, 0.9, 0.6, 0.7, 0.4].reduce((sum, q) => sum + Math.log(q), 0) / 6],
    );
    expect(() => accuracy(p, tf.tensor1d([0, 1]), { multiLabel: true })).toThrow(
      'accuracy: labels must be zeros and ones of shape [2, 3], got',
    );
  });

  it('leak nothing, and have gradients', () => {
    const [p, y] = [tf.tensor2d([[0.9], [0.2]]), tf.tensor2d([[1], [0]])];
    for (const metric of Object.values({ ...ofProbabilities, accuracy })) {
      if (metric !== ece) expectNoLeak(() => metric(p, y));
    }
    const slope = tf.grad((x: tf.Tensor) => negativeLogLikelihood(x, y))(p);
    expectNumbers(values(slope), [-1 / 0.9 / 2, 1 / 0.8 / 2]);
    tf.dispose([p, y, slope]);
  });
});

describeOnBackends('metrics of classes', () => {
  it('are numbers for all probabilities and labels (property)', () => {
    fc.assert(
      fc.property(predictions, (given) =>
        tf.tidy(() => {
          for (const metric of Object.values({ ...ofLabels, ...ofProbabilities })) {
            expect(values(metric(...toTensors(given))).some(Number.isNaN)).toBe(false);
          }
        }),
      ),
    );
  });
});
