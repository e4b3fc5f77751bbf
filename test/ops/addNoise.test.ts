import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { addNoise } from '../../src/ops/addNoise.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 });

/** Numbers that repeat only after long. */
const waves = (shape: readonly number[], phase: number): tf.Tensor =>
  tf.sin(tf.add(tf.reshape(tf.range(0, tf.util.sizeFromShape([...shape])), [...shape]), phase));

const spread = (shape: readonly number[]): tf.Tensor => tf.add(waves(shape, 3), 1.5);

const noisy = (location: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor): tf.Tensor =>
  addNoise(location, variance, noise);

describeOnBackends('outputs with noise', () => {
  it('and their gradients are those of doubles', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        tf.tidy(() => {
          const given = [waves(shape, 0), spread(shape), waves(shape, 7)] as const;
          const [location, variance, noise] = given.map(values) as [number[], number[], number[]];
          const dy = waves(shape, 11);
          const slopes = values(dy);
          const { value, grads } = tf.valueAndGrads(noisy)([...given], dy);
          expectNumbers(
            values(value),
            location.map((x, i) => x + Math.sqrt(variance[i]!) * noise[i]!),
            1e-6,
          );
          const [byLocation, byVariance, byNoise] = grads.map(values) as [number[], number[], number[]];
          expect(byLocation).toEqual(slopes);
          expectNumbers(
            byVariance,
            slopes.map((d, i) => (d * noise[i]!) / (2 * Math.sqrt(variance[i]!))),
            1e-6,
          );
          expectNumbers(
            byNoise,
            slopes.map((d, i) => d * Math.sqrt(variance[i]!)),
            1e-6,
          );
        });
      }),
      { numRuns: runs(40) },
    );
  });

  it('have no gradient of a variance of 0, and take noise that broadcasts', () => {
    tf.tidy(() => {
      const [location, noise] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 5, 6])];
      const slope = tf.grad((variance: tf.Tensor) => addNoise(location, variance, noise));
      expect(values(slope(tf.tensor1d([0, 4, 0])))).toEqual([0, 1.25, 0]);
      expect(values(addNoise(location, tf.tensor1d([1, 4, 9]), tf.scalar(2)))).toEqual([3, 6, 9]);
    });
  });

  it('have the gradients of their gradients', () => {
    tf.tidy(() => {
      const slopes = (xs: readonly tf.Tensor[]) =>
        tf.addN(
          tf
            .grads((...ys) => tf.sum(tf.square(noisy(ys[0]!, ys[1]!, ys[2]!))))([...xs])
            .map((slope) => tf.sum(tf.square(slope))),
        );
      const given = [waves([2, 3], 0), spread([2, 3]), waves([2, 3], 7)];
      expectGradients(slopes, given, { step: 1e-2, tolerance: 1e-2 });
    });
  });

  it('inside vmap are the loop over samples, also of an output that all share', () => {
    const batched = fc.record({
      location: fc.boolean(),
      variance: fc.boolean(),
      samples: fc.constantFrom(3, 70),
    });
    fc.assert(
      fc.property(shapes, batched, (shape, { location, variance, samples }) => {
        tf.tidy(() => {
          const [all, one] = [[samples, ...shape], shape];
          const noise = waves(all, 7);
          const [x, v] = [waves(location ? all : one, 0), spread(variance ? all : one)];
          const at = (t: tf.Tensor, s: number, is: boolean): tf.Tensor =>
            is ? tf.reshape(tf.slice(t, s, 1), one as number[]) : t;
          const weights = waves(all, 5);
          const loop = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            tf.stack(
              Array.from({ length: samples }, (_, s) =>
                addNoise(at(a, s, location), at(b, s, variance), at(noise, s, true)),
              ),
            );
          const inside = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            location || variance
              ? (vmap((y: tf.Tensor, m: tf.Tensor, s: tf.Tensor) =>
                  addNoise(location ? m : a, variance ? s : b, y),
                )(noise, location ? a : noise, variance ? b : noise) as tf.Tensor)
              : (vmap((y: tf.Tensor) => addNoise(a, b, y))(noise) as tf.Tensor);
          const together = tf.valueAndGrads(inside)([x, v], weights);
          const apart = tf.valueAndGrads(loop)([x, v], weights);
          expectNumbers(values(together.value), values(apart.value), 1e-6);
          together.grads.forEach((slope, i) => {
            expect(slope.shape).toEqual(apart.grads[i]!.shape);
            // Sums of so many numbers, in another order.
            expectNumbers(values(slope), values(apart.grads[i]!), Math.max(1e-6, samples * 2 ** -24));
          });
        });
      }),
      { numRuns: runs(20) },
    );
  });

  it('leak no tensors', () => {
    const x = tf.ones([2, 3]);
    expectNoLeak(() => tf.tidy(() => tf.grads(noisy)([x, x, x])));
    x.dispose();
  });
});
