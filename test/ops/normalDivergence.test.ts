import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { divergenceFromNumbers, divergenceWithMoments } from '../../src/ops/normalDivergence.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const number = (min: number, max: number) =>
  fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true, noDefaultInfinity: true });

/** Some normals, and the mean and standard deviation of another one. */
const cases = fc.record({
  params: fc.array(fc.tuple(number(-3, 3), number(-6, 1.5)), { minLength: 1, maxLength: 40 }),
  centre: fc.constantFrom(0, 0.5, -1.25),
  scale: fc.constantFrom(1, 0.3, 2),
});

interface Weights {
  readonly ofMean: number;
  readonly ofVariance: number;
  readonly ofDivergence: number;
}

/** A function of all three results, whose slopes are the weights. */
const all =
  (centre: number, scale: number, { ofMean, ofVariance, ofDivergence }: Weights) =>
  (mean: tf.Tensor, logStd: tf.Tensor): tf.Tensor => {
    const found = divergenceWithMoments({ mean, logStd }, centre, scale);
    return tf.addN([
      tf.mul(ofMean, tf.sum(found.mean)),
      tf.mul(ofVariance, tf.sum(found.variance)),
      tf.mul(ofDivergence, found.divergence),
    ]);
  };

const weights: Weights = { ofMean: 0.7, ofVariance: -1.3, ofDivergence: 0.4 };

/** `(e^x - 1 - x) / 2` without cancellation, in doubles. */
const excess = (x: number): number =>
  Math.abs(x) > 1e-2 ? (Math.expm1(x) - x) / 2 : (x ** 2 / 4) * (1 + x / 3 + x ** 2 / 12 + x ** 3 / 60);

describeOnBackends('the divergence of normals from one, with their moments', () => {
  it('alone has these gradients for many numbers too', () => {
    const [centre, scale, count] = [0.5, 2, 100_003];
    const numbers = (low: number, range: number, step: number) =>
      Float32Array.from({ length: count }, (_, i) => low + range * ((i * step) % 1));
    const [m, s] = [numbers(-3, 6, 0.618034), numbers(-5, 6, 0.414214)] as const;
    const [mean, logStd] = [tf.tensor1d(m), tf.tensor1d(s)];
    const [byMean, byLogStd] = tf.grads((a, b) =>
      divergenceFromNumbers({ mean: a!, logStd: b! }, centre, scale),
    )([mean, logStd]);
    expectNumbers(
      values(byMean!),
      Array.from(m, (each) => (each - centre) / scale ** 2),
      2e-6,
    );
    expectNumbers(
      values(byLogStd!),
      Array.from(s, (each) => Math.expm1(2 * (each - Math.log(scale)))),
      2e-6,
    );
    tf.dispose([mean, logStd, byMean!, byLogStd!]);
  });

  it('and its gradients are those of doubles', () => {
    fc.assert(
      fc.property(cases, ({ params, centre, scale }) => {
        tf.tidy(() => {
          const [mean, logStd] = [0, 1].map((i) => tf.tensor1d(params.map((each) => each[i]!)));
          const { value, grads } = tf.valueAndGrads(all(centre, scale, weights))([mean!, logStd!]);
          const found = divergenceWithMoments({ mean: mean!, logStd: logStd! }, centre, scale);
          const variances = params.map(([, s]) => Math.exp(2 * s));
          values(found.variance).forEach((each, i) => {
            expect(Math.abs(each / variances[i]! - 1)).toBeLessThan(2e-6);
          });
          expect(values(found.mean)).toEqual(values(mean!));
          const terms = params.map(
            ([m, s]) => excess(2 * (s - Math.log(scale))) + (m - centre) ** 2 / (2 * scale ** 2),
          );
          const divergence = terms.reduce((sum, each) => sum + each, 0);
          for (const own of [
            found.divergence,
            divergenceFromNumbers({ mean: mean!, logStd: logStd! }, centre, scale),
          ]) {
            expect(own.shape).toEqual([]);
            expectNumbers(values(own), [divergence], 2e-6);
          }
          const means = params.reduce((sum, [m]) => sum + m, 0);
          const total = 0.7 * means - 1.3 * variances.reduce((sum, v) => sum + v, 0) + 0.4 * divergence;
          expect(Math.abs(values(value)[0]! - total)).toBeLessThan(
            1e-5 * (1 + divergence + variances.reduce((sum, v) => sum + v, 0)),
          );
          expectNumbers(
            values(grads[0]!),
            params.map(([m]) => 0.7 + (0.4 * (m - centre)) / scale ** 2),
            2e-6,
          );
          expectNumbers(
            values(grads[1]!),
            params.map(([, s], i) => -2.6 * variances[i]! + 0.4 * Math.expm1(2 * (s - Math.log(scale)))),
            2e-6,
          );
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it.skipIf(!kernels)('keeps its digits where both distributions are nearly the same', async () => {
    if (tf.getBackend() !== 'wasm') return;
    tf.tidy(() => {
      for (const logStd of [1e-3, -1e-4, 0.1, -0.12, 0.2].map(Math.fround)) {
        const params = { mean: tf.zeros([3]), logStd: tf.fill([3], logStd) };
        const found = values(divergenceFromNumbers(params, 0, 1))[0]!;
        expect(Math.abs(found / (3 * excess(2 * logStd)) - 1)).toBeLessThan(3e-6);
        const slope = tf.grad((s: tf.Tensor) => divergenceFromNumbers({ ...params, logStd: s }, 0, 1));
        for (const each of values(slope(params.logStd)))
          expect(Math.abs(each / Math.expm1(2 * logStd) - 1)).toBeLessThan(2e-6);
      }
    });
  });

  it.skipIf(!kernels)('of a million normals is the sum of their divergences', () => {
    tf.tidy(() => {
      const params = { mean: tf.fill([1_000_003], 0.1), logStd: tf.fill([1_000_003], -3) };
      const each = excess(-6) + Math.fround(0.1) ** 2 / 2;
      const found = values(divergenceFromNumbers(params, 0, 1))[0]!;
      expect(Math.abs(found / (1_000_003 * each) - 1)).toBeLessThan(1e-5);
    });
  });

  // TensorFlow.js's own sum of nothing is not initialized.
  it.skipIf(!kernels)('of no normals is 0', () => {
    tf.tidy(() => {
      const none = { mean: tf.zeros([0]), logStd: tf.zeros([0]) };
      expect(values(divergenceFromNumbers(none, 0, 1))).toEqual([0]);
    });
  });

  it('is infinite where a standard deviation is', () => {
    tf.tidy(() => {
      const wide = { mean: tf.zeros([2]), logStd: tf.tensor1d([0, 100]) };
      expect(values(divergenceFromNumbers(wide, 0, 1))).toEqual([Number.POSITIVE_INFINITY]);
    });
  });

  it('has the gradients of its gradients', () => {
    tf.tidy(() => {
      const given = [tf.tensor1d([0.3, -0.2]), tf.tensor1d([-0.4, 0.1])];
      const slopes = (xs: readonly tf.Tensor[]) =>
        tf.addN(
          tf
            .grads((m, s) => tf.square(all(0.5, 2, weights)(m!, s!)))([...xs])
            .map((slope) => tf.sum(tf.square(slope))),
        );
      expectGradients(slopes, given, { step: 1e-2, tolerance: 1e-2 });
      const alone = (xs: readonly tf.Tensor[]) =>
        tf.addN(
          tf
            .grads((m, s) => divergenceFromNumbers({ mean: m!, logStd: s! }, 0.5, 2))([...xs])
            .map((slope) => tf.sum(tf.square(slope))),
        );
      expectGradients(alone, given, { step: 1e-2, tolerance: 1e-2 });
    });
  });

  it('inside vmap is the loop over members, with its gradients', () => {
    tf.tidy(() => {
      const mean = tf.sin(tf.reshape(tf.range(0, 30), [3, 2, 5]));
      const logStd = tf.sub(tf.cos(mean), 2);
      const at = (x: tf.Tensor, member: number): tf.Tensor => tf.squeeze(tf.slice(x, member, 1), [0]);
      for (const f of [
        all(0.5, 2, weights),
        (m: tf.Tensor, s: tf.Tensor) => divergenceFromNumbers({ mean: m, logStd: s }, 0.5, 2),
      ]) {
        const slopes = (m: tf.Tensor, s: tf.Tensor): tf.Tensor => tf.stack(tf.grads(f)([m, s]));
        const loop = (g: typeof f): tf.Tensor =>
          tf.stack([0, 1, 2].map((member) => g(at(mean, member), at(logStd, member))));
        expectNumbers(values(vmap(f)(mean, logStd)), values(loop(f)), 1e-6);
        expectNumbers(values(vmap(slopes)(mean, logStd)), values(loop(slopes)), 1e-6);
      }
    });
  });

  it('leaks no tensors', () => {
    const params = [tf.zeros([2, 3]), tf.zeros([2, 3])];
    expectNoLeak(() => tf.tidy(() => tf.grads(all(0, 1, weights))(params)));
    tf.dispose(params);
  });
});
