import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { labelLogProbs } from '../../src/ops/labelLogProbs.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

type Rows = readonly (readonly number[])[];

/** The logarithm of the softmax of a row, in doubles. */
const logSoftmax = (row: readonly number[]): readonly number[] => {
  const largest = Math.max(...row);
  const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  return row.map((x) => x - largest - logSum);
};

/** Rows of float32 numbers of one length, far from 0 or not. */
const matrices: fc.Arbitrary<Rows> = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    columns: fc.integer({ min: 2, max: 40 }),
    shift: fc.nat(300),
  })
  .chain(({ rows, columns, shift }) => {
    const number = fc.float({ min: -20, max: 20, noNaN: true }).map((x) => Math.fround(x + shift));
    return fc.array(fc.array(number, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    });
  });

const matrix = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));
const labelAt = (rows: Rows) => rows.map((row, at) => (7 * at + 3) % row.length);
const toLabels = (labels: readonly number[]) => tf.tensor1d([...labels], 'int32');

describeOnBackends('softmax', () => {
  it('and its gradient are those of doubles', () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        tf.tidy(() => {
          const dy = rows.map((row, i) => row.map((_, j) => Math.fround(Math.sin(i + 2 * j))));
          const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.softmax(x))(matrix(rows), matrix(dy));
          const expected = rows.map((row) => logSoftmax(row).map(Math.exp));
          expectNumbers(values(value), expected.flat(), 2e-6);
          const slopes = expected.map((y, i) => {
            const along = y.reduce((sum, each, j) => sum + each * dy[i]![j]!, 0);
            return y.map((each, j) => each * (dy[i]![j]! - along));
          });
          expectNumbers(values(grad), slopes.flat(), 2e-6);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  it('of a long row of equal numbers loses no digits', () => {
    tf.tidy(() => {
      const y = tf.softmax(tf.fill([2, 100_003], 3.3));
      const far = values(y).reduce((most, each) => Math.max(most, Math.abs(each * 100_003 - 1)), 0);
      expect(far).toBeLessThan(1e-5);
    });
  });

  it('is 0 where a number is -Infinity, NaN in rows with NaN or without a finite largest number', () => {
    tf.tidy(() => {
      const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const x = matrix([
        [1, down, 1, down, down, down, down, down, down, down, down, down],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, Number.NaN, 12],
        Array<number>(12).fill(down),
        [0, 0, up, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ]);
      const y = values(tf.softmax(x));
      expect(y.slice(0, 12)).toEqual([0.5, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      // On a GPU TensorFlow.js's own softmax passes over NaN.
      if (tf.getBackend() === 'webgpu') return;
      expect(y.slice(12, 36).every(Number.isNaN)).toBe(true);
      expect(y[38]).toBeNaN();
    });
  });

  it('has the gradients of its gradients', () => {
    tf.tidy(() => {
      const slopes = ([x]: readonly tf.Tensor[]) =>
        tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.square(tf.softmax(y))))(x!)));
      expectGradients(slopes, [matrix([[0.3, -0.5, 1, 0.2, 0.7]])], { step: 1e-2, tolerance: 1e-2 });
    });
  });
});

describeOnBackends('the log-softmax at labels', () => {
  it('and its gradient are those of doubles', () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        tf.tidy(() => {
          const labels = labelAt(rows);
          const dy = rows.map((_, i) => Math.fround(Math.cos(i)));
          const logProbs = (x: tf.Tensor) => labelLogProbs(x, toLabels(labels));
          const { value, grad } = tf.valueAndGrad(logProbs)(matrix(rows), tf.tensor1d(dy));
          const expected = rows.map(logSoftmax);
          expectNumbers(
            values(value),
            expected.map((row, i) => row[labels[i]!]!),
            2e-6,
          );
          const slopes = expected.map((row, i) =>
            row.map((each, j) => dy[i]! * ((j === labels[i] ? 1 : 0) - Math.exp(each))),
          );
          expectNumbers(values(grad), slopes.flat(), 3e-6);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  it('takes any axes before that of the classes, none among them', () => {
    tf.tidy(() => {
      const x = tf.reshape(tf.range(0, 24), [2, 3, 4]);
      const labels = tf.tensor2d([0, 1, 2, 3, 0, 1], [2, 3], 'int32');
      expect(labelLogProbs(x, labels).shape).toEqual([2, 3]);
      expect(labelLogProbs(tf.tensor1d([1, 2]), tf.scalar(1, 'int32')).shape).toEqual([]);
      expect(labelLogProbs(tf.zeros([0, 3]), toLabels([])).shape).toEqual([0]);
    });
  });

  it('is NaN for a label out of range, in its row alone; an impossible class has a finite gradient', () => {
    tf.tidy(() => {
      const x = matrix([
        [1, 2, 3],
        [1, 2, 3],
        [1, Number.NEGATIVE_INFINITY, 1],
        [1, 1, Number.NaN],
        [1, 2, 3],
      ]);
      const { value, grad } = tf.valueAndGrad((y: tf.Tensor) => labelLogProbs(y, toLabels([3, 0, 0, 0, -1])))(
        x,
      );
      const own = values(value);
      expect(own.map(Number.isNaN)).toEqual([true, false, false, true, true]);
      expectNumbers(own.slice(1, 3), [logSoftmax([1, 2, 3])[0]!, -Math.LN2], 1e-6);
      expectNumbers(values(tf.slice(grad, [2, 0], [1, 3])), [0.5, 0, -0.5]);
    });
  });

  it('has the gradients of its gradients', () => {
    tf.tidy(() => {
      const labels = toLabels([1, 4]);
      const slopes = ([x]: readonly tf.Tensor[]) =>
        tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.square(labelLogProbs(y, labels))))(x!)));
      const x = matrix([
        [0.3, -0.5, 1, 0.2, 0.7],
        [0.1, 0.4, -1, 0.2, 0.5],
      ]);
      expectGradients(slopes, [x], { step: 1e-2, tolerance: 1e-2 });
    });
  });

  it('inside vmap is the loop over samples, with labels that they share or of their own', () => {
    tf.tidy(() => {
      const x = tf.sin(tf.reshape(tf.range(0, 30), [3, 2, 5]));
      const each = tf.tensor2d([0, 1, 2, 3, 4, 0], [3, 2], 'int32');
      const slopes = (logits: tf.Tensor, labels: tf.Tensor) =>
        tf.grad((y: tf.Tensor) => tf.sum(tf.square(labelLogProbs(y, labels))))(logits);
      const at = (of: tf.Tensor, s: number) => tf.squeeze(tf.slice(of, s, 1), [0]);
      const loop = (labels: (s: number) => tf.Tensor) =>
        tf.stack([0, 1, 2].map((s) => slopes(at(x, s), labels(s))));
      expectNumbers(values(vmap(slopes)(x, each)), values(loop((s) => at(each, s))), 1e-6);
      const shared = toLabels([2, 4]);
      expectNumbers(
        values(vmap((logits: tf.Tensor) => slopes(logits, shared))(x)),
        values(loop(() => shared)),
        1e-6,
      );
    });
  });

  it('leaks no tensors', () => {
    const [x, labels] = [tf.zeros([2, 3]), toLabels([0, 1])];
    expectNoLeak(() => tf.tidy(() => tf.grad((y: tf.Tensor) => labelLogProbs(y, labels))(x)));
    expectNoLeak(() => tf.grad((y: tf.Tensor) => tf.softmax(y))(x));
    tf.dispose([x, labels]);
  });
});
