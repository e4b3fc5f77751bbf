import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

const axes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 });

describeOnBackends('elementwise operations', () => {
  it.skipIf(!kernels)('powers of integers are integers, and broadcast', () => {
    const drawn = fc.record({
      shape: axes,
      repeated: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      missing: fc.nat(5),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(drawn, ({ shape, repeated, missing, seed }) =>
        tf.tidy(() => {
          const other = shape.map((length, axis) => (repeated[axis] ? 1 : length)).slice(missing);
          const ints = (of: number[], count: number, from: number) =>
            tf.tensor(
              Array.from({ length: tf.util.sizeFromShape(of) }, (_, at) => ((at * 7 + seed) % count) + from),
              of,
              'int32',
            );
          const [bases, powers] = [ints(shape, 19, -9), ints(other, 10, 0)];
          const y = tf.pow(bases, powers);
          expect(y.dtype).toBe('int32');
          expect(y.shape).toEqual(shape);
          const spread = values(tf.broadcastTo(powers, shape));
          expect(values(y)).toEqual(values(bases).map((base, at) => base ** spread[at]! + 0));
        }),
      ),
      { numRuns: runs(40) },
    );
  });

  it.skipIf(!kernels)('powers of 0 and of numbers below', () => {
    tf.tidy(() => {
      const pow = (base: number, power: number) => values(tf.pow(tf.scalar(base), tf.scalar(power)))[0];
      expect([pow(0, -1), pow(0, -0.5), pow(0, 0), pow(0, 2)]).toEqual([Infinity, Infinity, 1, 0]);
      expect([pow(-1, 3), pow(-1, 2), pow(-2, 0.5), pow(Number.NaN, 0)]).toEqual([-1, 1, Number.NaN, 1]);
      const gradient = tf.grad((x: tf.Tensor) => tf.pow(x, tf.scalar(0.5)));
      expect(values(gradient(tf.scalar(0)))).toEqual([Infinity]);
    });
  });

  it.skipIf(!kernels).each([
    ['asinh', Math.asinh, tf.asinh, 80],
    ['atanh', Math.atanh, tf.atanh, 0],
  ] as const)('%s has its digits for numbers of every size and sign', (_, reference, op, most) => {
    const drawn = fc
      .tuple(fc.boolean(), fc.double({ min: -17, max: most, noNaN: true }))
      .map(([isNegative, exponent]) => (isNegative ? -1 : 1) * Math.fround(Math.min(2 ** exponent, 1e25)));
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 1, maxLength: 9 }), (all) => {
        const xs = all.filter((x) => Number.isFinite(reference(x)));
        if (xs.length === 0) return;
        const ratios = tf.tidy(() =>
          values(op(tf.tensor1d(xs))).map((value, at) => value / reference(xs[at]!)),
        );
        for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(1e-4);
      }),
      { numRuns: runs(60) },
    );
  });
});
