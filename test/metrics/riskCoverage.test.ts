import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aurc, riskCoverage } from '../../src/metrics/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, take, values } from '../support/numbers.ts';

interface Row {
  readonly uncertainty: number;
  readonly error: number;
}

const tensors = (rows: readonly Row[]) => ({
  uncertainty: tf.tensor1d(rows.map(({ uncertainty }) => uncertainty)),
  errors: tf.tensor1d(rows.map(({ error }) => error)),
});

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, at) =>
        permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
      );

/** The mean error of the first 1, 2, ... rows, averaged over every order in which uncertainty ascends. */
const bruteForce = (rows: readonly Row[]): readonly number[] => {
  const orders = permutations(rows).filter((order) =>
    order.every(({ uncertainty }, i) => i === 0 || order[i - 1]!.uncertainty <= uncertainty),
  );
  return rows.map((_, last) =>
    average(orders.map((order) => average(order.slice(0, last + 1).map(({ error }) => error)))),
  );
};

/** Few values of uncertainty, so that most of them are ties. */
const row = fc.record({
  uncertainty: fc.constantFrom(0, 1, 2, 1e-3),
  error: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 5, noNaN: true }).map(Math.fround)),
});

describeOnBackends('riskCoverage', (backend) => {
  it('is the mean over all orders that ties leave open, and aurc its mean', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) =>
        tf.tidy(() => {
          const expected = bruteForce(rows);
          const { coverage, risk } = riskCoverage(tensors(rows));
          expectNumbers(values(risk), expected);
          const errors = rows.map(({ error }) => error);
          expect(Math.min(...values(risk))).toBeGreaterThanOrEqual(Math.min(...errors));
          expect(Math.max(...values(risk))).toBeLessThanOrEqual(Math.max(...errors));
          expectNumbers(
            values(coverage),
            rows.map((_, i) => (i + 1) / rows.length),
          );
          expectNumbers(values(aurc(tensors(rows))), [average(expected)]);
        }),
      ),
    );
  });

  it('ends in the mean error, and is flat if all rows are equally uncertain', () => {
    tf.tidy(() => {
      const errors = tf.tensor1d([3, 1, 0, 8, 0.5]);
      expectNumbers(values(riskCoverage({ uncertainty: tf.range(0, 5), errors }).risk).slice(-1), [2.5]);
      expectNumbers(values(riskCoverage({ uncertainty: tf.ones([5]), errors }).risk), Array(5).fill(2.5));
    });
  });

  it('is least for the uncertainty that sorts by error', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) =>
        tf.tidy(() => {
          const given = tensors(rows);
          const best = values(aurc({ uncertainty: given.errors, errors: given.errors }))[0]!;
          expect(best).toBeLessThanOrEqual(values(aurc(given))[0]! + 1e-5);
        }),
      ),
    );
  });

  it('keeps its digits for many rows, and takes booleans', () => {
    const n = 50_000;
    const uncertainty = tf.range(0, n);
    const errors = tf.cast(tf.mod(uncertainty, 10), 'bool');
    const risk = take(riskCoverage({ uncertainty, errors }).risk);
    // Nine of ten rows are wrong, the first of each ten is right.
    expect(Math.abs(risk[n - 1]! - 0.9)).toBeLessThan(1e-6);
    expect(Math.abs(risk[n / 2 - 1]! - 0.9)).toBeLessThan(1e-6);
    expect(Math.abs(risk[n - 10]! - (0.9 * (n - 10)) / (n - 9))).toBeLessThan(1e-6);
    tf.dispose([uncertainty, errors]);
  });

  it('is mapped by vmap, leaks nothing and leaves its arguments unchanged', () => {
    const uncertainty = tf.tensor2d([
      [1, 2, 3],
      [1, 1, 0],
    ]);
    const errors = tf.tensor2d([
      [0, 0, 1],
      [0, 1, 1],
    ]);
    const rows = { uncertainty: tf.range(0, 3), errors: tf.ones([3]) };
    expectNoLeak(() => riskCoverage(rows));
    expectNoLeak(() => aurc(rows));
    const mapped = vmap((u: tf.Tensor, e: tf.Tensor) => aurc({ uncertainty: u, errors: e }));
    expectNumbers(take(mapped(uncertainty, errors)), [1 / 9, (1 + 0.75 + 2 / 3) / 3]);
    tf.dispose([uncertainty, errors, ...Object.values(rows)]);
  });

  it('refuses what does not fit, by name', () => {
    tf.tidy(() => {
      const three = tf.ones([3]);
      expect(() => aurc({ uncertainty: three, errors: tf.ones([2]) })).toThrow(
        'aurc: errors must be a tensor of shape [3], got a float32 tensor of shape [2]',
      );
      expect(() => riskCoverage({ uncertainty: three } as never)).toThrow('riskCoverage: rows');
      expect(() => riskCoverage({ uncertainty: tf.ones([3, 1]), errors: three })).toThrow(
        'riskCoverage: uncertainty must be a tensor of shape [n], not empty, got a',
      );
      const bad = tf.tensor1d([1, Number.NaN, 0]);
      if (backend === 'webgpu') {
        expect(values(aurc({ uncertainty: three, errors: bad }))[0]).toBeNaN();
      } else {
        expect(() => aurc({ uncertainty: three, errors: bad })).toThrow('aurc: errors at 1 must be a number');
      }
    });
  });
});
