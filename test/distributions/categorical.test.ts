import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { categorical } from '../../src/distributions/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';

type Rows = readonly (readonly number[])[];

/** Class probabilities in float64. */
const softmax = (logits: readonly number[]): readonly number[] => {
  const largest = Math.max(...logits);
  const exps = logits.map((x) => Math.exp(x - largest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((x) => x / sum);
};

const entropy = (probs: readonly number[]): number =>
  -probs.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

const pickFrom = (rows: Rows, labels: readonly number[]): readonly number[] =>
  rows.map((row, index) => row[labels[index] as number] as number);

const logit = fc.double({ min: -20, max: 20, noNaN: true }).map(Math.fround);
const table = (rows: number, classes: number) =>
  fc.array(fc.array(logit, { minLength: classes, maxLength: classes }), { minLength: rows, maxLength: rows });

/** Logits `[samples][batch][classes]` and a label for each row. */
const problem = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 5 }))
  .chain(([samples, batch, classes]) =>
    fc.record({
      samples: fc.array(table(batch, classes), { minLength: samples, maxLength: samples }),
      labels: fc.array(fc.nat(classes - 1), { minLength: batch, maxLength: batch }),
    }),
  );

const toLabels = (labels: readonly number[]): tf.Tensor => tf.tensor1d([...labels], 'int32');

describeOnBackends('categorical', () => {
  it('has the log probability of the label under softmax', () => {
    fc.assert(
      fc.property(problem, ({ samples: [rows], labels }) => {
        tf.tidy(() => {
          const logProb = categorical().logProb(tf.tensor(rows as number[][]), toLabels(labels));
          expect(logProb.shape).toEqual([labels.length]);
          expectNumbers(values(logProb), pickFrom((rows as number[][]).map(softmax), labels).map(Math.log));
        });
      }),
    );
  });

  it('sums over a time axis, [batch, time, classes], each row as the sum over its steps', () => {
    tf.tidy(() => {
      const output = tf.randomUniform([2, 3, 4], -3, 3, 'float32', 1);
      const target = tf.tensor2d([0, 1, 2, 3, 3, 0], [2, 3], 'int32');
      const each = values(categorical().logProb(tf.reshape(output, [6, 4]), tf.reshape(target, [6])));
      const whole = categorical().logProb(output, target);
      expect(whole.shape).toEqual([2]);
      expectNumbers(
        values(whole),
        [0, 3].map((at) => average(each.slice(at, at + 3)) * 3),
      );
    });
  });

  it('takes probabilities, normalized or not, by name', () => {
    tf.tidy(() => {
      const probs = tf.tensor2d([0.2, 0.6, 0.2, 1, 1, 2], [2, 3]);
      const logProb = categorical({ inputType: 'probs' }).logProb(probs, toLabels([1, 2]));
      expectNumbers(values(logProb), [Math.log(0.6), Math.log(0.5)]);
    });
  });

  it('stays finite if another class is impossible, value and gradient', () => {
    tf.tidy(() => {
      const target = toLabels([0]);
      const masked = tf.tensor2d([1, Number.NEGATIVE_INFINITY, 0], [1, 3]);
      const byLogits = (x: tf.Tensor): tf.Tensor => tf.sum(categorical().logProb(x, target));
      expectNumbers(values(byLogits(masked)), [Math.log(softmax([1, 0])[0] as number)]);
      expect(values(tf.grad(byLogits)(masked)).every(Number.isFinite)).toBe(true);
      const certain = tf.tensor2d([1, 0, 0], [1, 3]);
      const byProbs = (x: tf.Tensor): tf.Tensor =>
        tf.sum(categorical({ inputType: 'probs' }).logProb(x, target));
      expectNumbers(values(byProbs(certain)), [0]);
      expect(values(tf.grad(byProbs)(certain)).every(Number.isFinite)).toBe(true);
    });
  });

  it('predicts the mean probabilities and splits their entropy into noise and disagreement', () => {
    fc.assert(
      fc.property(problem, ({ samples }) => {
        tf.tidy(() => {
          const { mean, uncertainty } = categorical().predictive(tf.tensor(samples as number[][][]));
          const each = samples.map((rows) => rows.map(softmax));
          const rows =
            samples[0]?.map((_, row) => each.map((sample) => sample[row] as readonly number[])) ?? [];
          const means = rows.map((draws) =>
            (draws[0] ?? []).map((_, k) => average(draws.map((p) => p[k] as number))),
          );
          expectNumbers(values(mean), means.flat());
          const aleatoric = rows.map((draws) => average(draws.map(entropy)));
          expectNumbers(values(uncertainty.total), means.map(entropy));
          expectNumbers(values(uncertainty.aleatoric), aleatoric);
          expectNumbers(
            values(uncertainty.epistemic),
            means.map((row, index) => entropy(row) - (aleatoric[index] as number)),
          );
          expectNumbers(
            values(tf.add(uncertainty.aleatoric, uncertainty.epistemic)),
            values(uncertainty.total),
          );
          for (const part of Object.values(uncertainty)) expect(values(part).every((x) => x >= 0)).toBe(true);
        });
      }),
    );
  });

  it('finds no epistemic uncertainty if the samples agree, and only that if they are certain and differ', () => {
    tf.tidy(() => {
      const row = tf.tensor2d([2, -1, 0.5, 0, 0, 0], [2, 3]);
      const agreed = categorical().predictive(tf.stack([row, row, row])).uncertainty;
      expectNumbers(values(agreed.epistemic), [0, 0], 1e-6);
      const split = categorical().predictive(tf.tensor3d([50, -50, -50, 50], [2, 1, 2])).uncertainty;
      expectNumbers(values(split.epistemic), [Math.log(2)]);
      expectNumbers(values(split.aleatoric), [0]);
    });
  });

  it('has an accurate mutual information if the samples differ little, in any groups', () => {
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(1e-1, 1e-2, 1e-3),
        fc.integer({ min: 1, max: 6 }),
        (base, spread, group) => {
          tf.tidy(() => {
            const logits = Array.from({ length: 6 }, (_, s) =>
              base.map((x, k) => Math.fround(x / 8 + spread * Math.sin(3 * s + k))),
            );
            const probs = logits.map(softmax);
            const means = base.map((_, k) => average(probs.map((p) => p[k] as number)));
            const exact = average(
              probs.map((p) => p.reduce((sum, x, k) => sum + x * Math.log(x / (means[k] as number)), 0)),
            );
            const { zero, add, finish } = categorical().predictive;
            const groups = logits.flatMap((_, at) =>
              at % group === 0 ? [tf.tensor3d(logits.slice(at, at + group).map((row) => [row]))] : [],
            );
            const { epistemic, total, aleatoric } = finish(groups.reduce(add, zero())).uncertainty;
            const [found] = values(epistemic) as [number];
            // TensorFlow.js's own log1p on wasm and webgpu loses the digits of small numbers.
            const lost = kernels || tf.getBackend() === 'cpu' ? 1e-10 : 1e-7;
            expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-2 * exact + lost);
            expect(values(total)).toEqual(values(tf.add(aleatoric, epistemic)));
          });
        },
      ),
    );
  });

  it('keeps a NaN of one sample in its row and its uncertainties', () => {
    tf.tidy(() => {
      const samples = tf.tensor3d([1, 2, 1, 2, Number.NaN, 2, 1, 2], [2, 2, 2]);
      const { mean, uncertainty } = categorical().predictive(samples);
      // A GPU may make an infinity of the exponential of NaN, whose share is NaN, and that of others 0.
      expect(values(mean).map(Number.isNaN)).toEqual([true, canReadSync(), false, false]);
      for (const part of Object.values(uncertainty))
        expect(values(part).map(Number.isNaN)).toEqual([true, false]);
    });
  });

  it('scores labels under the mean of the samples, position by position', () => {
    fc.assert(
      fc.property(problem, ({ samples, labels }) => {
        tf.tidy(() => {
          const rows = labels.map((label, row) =>
            average(samples.map((sample) => softmax(sample[row] ?? [])[label] as number)),
          );
          const output = tf.tensor(samples as number[][][]);
          const score = (eps: number): readonly number[] =>
            values(
              categorical({ eps }).predictiveLogProb?.(output, toLabels(labels)) ?? expect.unreachable(),
            );
          expectNumbers(score(0), rows.map(Math.log));
          expectNumbers(
            score(1e-3),
            rows.map((p) => Math.log(p + 1e-3)),
          );
          // The same rows as the steps of one sequence: the logarithms add up.
          const sequence = tf.reshape(output, [samples.length, 1, labels.length, -1]);
          const steps = tf.reshape(toLabels(labels), [1, -1]);
          expectNumbers(values(categorical().predictiveLogProb?.(sequence, steps) ?? expect.unreachable()), [
            rows.reduce((sum, p) => sum + Math.log(p), 0),
          ]);
        });
      }),
    );
  });

  it('has the gradients of its log probabilities', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([1, -0.5, 0.2, 0.3, 2, -1], [2, 3]);
      const probs = tf.tensor2d([0.5, 0.2, 0.3, 0.3, 0.4, 0.7], [2, 3]);
      const target = toLabels([2, 0]);
      expectGradient((x) => categorical().logProb(x, target), logits);
      expectGradient((x) => categorical({ inputType: 'probs' }).logProb(x, target), probs);
      const stacked = tf.stack([logits, tf.neg(logits)]);
      for (const eps of [0, 0.01]) {
        const score = categorical({ eps }).predictiveLogProb ?? expect.unreachable();
        expectGradient((x) => score(x, target), stacked);
      }
    });
  });

  it('rejects labels that are not classes, naming the first; unread on a GPU they give NaN', () => {
    tf.tidy(() => {
      const output = tf.zeros([2, 3]);
      const score = (labels: readonly number[]) => () =>
        categorical().logProb(output, tf.tensor1d([...labels]));
      if (!canReadSync()) {
        expect(values(score([0, 3])())).toEqual([expect.closeTo(-Math.log(3)), Number.NaN]);
        expect(values(score([-1, 0])())).toEqual([Number.NaN, expect.closeTo(-Math.log(3))]);
        return;
      }
      const message = 'categorical: targets must be class labels, integers from 0 to 2, got';
      expect(score([0, 3])).toThrow(`${message} 3`);
      expect(score([-1, 0])).toThrow(`${message} -1`);
      expect(score([0, 0.5])).toThrow(`${message} 0.5`);
      expect(score([Number.NaN, 0])).toThrow(`${message} NaN`);
      expect(() => categorical().predictiveLogProb?.(tf.zeros([4, 2, 3]), toLabels([0, 3]))).toThrow(
        `${message} 3`,
      );
    });
  });

  it('takes labels of any numeric dtype', () => {
    tf.tidy(() => {
      const output = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const byType = (['int32', 'float32', 'bool'] as const).map((dtype) =>
        values(categorical().logProb(output, tf.tensor1d([1, 0], dtype))),
      );
      expect(byType[1]).toEqual(byType[0]);
      expect(byType[2]).toEqual(byType[0]);
    });
  });

  it('refuses targets of another shape: one-hot labels, a column, too few, plain arrays', () => {
    tf.tidy(() => {
      const output = tf.zeros([2, 3]);
      const score = (target: tf.Tensor) => () => categorical().logProb(output, target);
      const message = 'categorical: targets must be class labels of shape [2], got';
      expect(score(tf.oneHot(toLabels([0, 1]), 3))).toThrow(`${message} an int32 tensor of shape [2, 3]`);
      expect(score(tf.zeros([2, 1]))).toThrow(`${message} a float32 tensor of shape [2, 1]`);
      expect(score(tf.zeros([1]))).toThrow(`${message} a float32 tensor of shape [1]`);
      expect(score([0, 1] as unknown as tf.Tensor)).toThrow(`${message} [0, 1]`);
      expect(score(tf.zeros([2, 3]))).toThrow(
        'shape [2, 3]; tf.argMax(targets, -1) turns one-hot rows into labels',
      );
      expect(score(tf.zeros([2, 1]))).toThrow(
        'shape [2, 1]; tf.squeeze(targets, [-1]) removes the last axis',
      );
    });
  });

  it('rejects an output without classes: a scalar, or one number per row', () => {
    tf.tidy(() => {
      expect(() => categorical().logProb(tf.zeros([2, 1]), tf.zeros([2]))).toThrow(
        'categorical: output must be a tensor with two or more classes on its last axis, got a float32 tensor of shape [2, 1]',
      );
    });
  });

  it('leaks no tensors', () => {
    const [output, target] = [tf.zeros([2, 4, 3]), tf.zeros([2, 4], 'int32')];
    const samples = tf.zeros([5, 2, 4, 3]);
    const likelihood = categorical();
    expectNoLeak(() => likelihood.logProb(output, target));
    expectNoLeak(() => likelihood.predictive(samples));
    expectNoLeak(() => likelihood.predictiveLogProb?.(samples, target));
    expectNoLeak(() => {
      expect(() => likelihood.logProb(output, samples)).toThrow();
    });
    tf.dispose([output, target, samples]);
  });
});

describe('categorical', () => {
  it('refuses options out of range', () => {
    expect(() => categorical({ inputType: 'prob' as 'probs' })).toThrow(
      "categorical: inputType must be 'logits' or 'probs', got 'prob'",
    );
    expect(() => categorical({ eps: -1 })).toThrow(/^categorical: eps must be .* got -1$/);
  });
});
