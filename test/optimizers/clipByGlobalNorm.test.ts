import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clipByGlobalNorm, globalNorm } from '../../src/optimizers/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { leavesNothing } from './reference.ts';
import { flat, flatNumbers, tensors, trees } from './trees.ts';

const norm = (values: readonly number[]): number => Math.hypot(...values);

describeOnBackends('clipByGlobalNorm', () => {
  it('bounds the norm and keeps the direction', () => {
    fc.assert(
      fc.property(trees, fc.double({ min: 0.01, max: 50, noNaN: true }), (numbers, maxNorm) =>
        tf.tidy(() => {
          const gradient = tensors(numbers);
          const size = norm(flatNumbers(numbers));
          const clipped = flat(clipByGlobalNorm(maxNorm).update(gradient, {}, gradient).updates);
          expect(norm(clipped)).toBeLessThan(maxNorm * (1 + 1e-5));
          const factor = size > maxNorm ? maxNorm / size : 1;
          clipped.forEach((x, i) => {
            expect(Math.abs(x - factor * flatNumbers(numbers)[i]!)).toBeLessThan(1e-5 * Math.max(1, size));
          });
          if (size < 0.999 * maxNorm) expect(clipped).toEqual(flat(gradient));
        }),
      ),
    );
  });

  it('takes numbers whose squares overflow or vanish', () => {
    tf.tidy(() => {
      for (const size of [1e20, 1e-30]) {
        const gradient = { w: tf.tensor1d([3 * size, 4 * size]) };
        expect(globalNorm(gradient).dataSync()[0]! / size).toBeCloseTo(5, 4);
      }
      const huge = { w: tf.tensor1d([3e20, 4e20]) };
      const [x, y] = flat(clipByGlobalNorm(1).update(huge, {}, huge).updates);
      expect(x).toBeCloseTo(0.6, 5);
      expect(y).toBeCloseTo(0.8, 5);
    });
  });

  it.each([
    [[3e38, 3e38], 1],
    [[3e38, -3e38, 3e38], 1e-3],
    [[1e-37, 1e-37], 1e-37],
    [[3e38, 1e-30], 1e38],
    [[2e-20, 1e20], 1e-10],
  ])('shrinks %j to a norm of %d', (numbers, maxNorm) => {
    tf.tidy(() => {
      const gradient = { w: tf.tensor1d([numbers[0]!]), deep: { b: tf.tensor1d(numbers.slice(1)) } };
      const size = norm(numbers.map((x) => x / 1e38)) * 1e38;
      flat(clipByGlobalNorm(maxNorm).update(gradient, {}, gradient).updates).forEach((x, at) => {
        const expected = (numbers[at]! / size) * maxNorm;
        expect(Math.abs(x - expected)).toBeLessThan(1e-5 * maxNorm);
      });
    });
  });

  it('leaves shorter gradients unchanged, to the last bit, large or small', () => {
    tf.tidy(() => {
      for (const numbers of [
        [3e37, 1.1e38],
        [1e-20, 3e-30, -7e-38],
        [0.1, 0.7],
      ]) {
        const gradient = { w: tf.tensor1d(numbers) };
        expect(flat(clipByGlobalNorm(3e38).update(gradient, {}, gradient).updates)).toEqual(flat(gradient));
      }
    });
  });

  it('turns a gradient with an infinity or NaN into all NaN', () => {
    tf.tidy(() => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const gradient = { w: tf.tensor1d([1, bad]), b: tf.tensor1d([2]) };
        const { updates } = clipByGlobalNorm(1).update(gradient, {}, gradient);
        expect(flat(updates).every(Number.isNaN)).toBe(true);
      }
    });
  });

  it('leaves a gradient of zero at zero', () => {
    tf.tidy(() => {
      const zero = { w: tf.zeros([3]) };
      expect(flat(clipByGlobalNorm(1).update(zero, {}, zero).updates)).toEqual([0, 0, 0]);
    });
  });

  it('leaks no tensors', () => {
    leavesNothing(clipByGlobalNorm(1));
    const tree = { a: tf.tensor1d([3]), b: tf.scalar(4) };
    const before = tf.memory().numTensors;
    const size = globalNorm(tree);
    expect(size.dataSync()[0]).toBeCloseTo(5, 6);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([tree, size]);
  });

  it('refuses bad norms and gradients that do not fit, by name', () => {
    for (const maxNorm of [0, -1, Number.NaN, Infinity]) {
      expect(() => clipByGlobalNorm(maxNorm)).toThrow(
        'clipByGlobalNorm: maxNorm must be a finite number above 0, got ',
      );
    }
    tf.tidy(() => {
      expect(() => clipByGlobalNorm(1).update({} as object, {}, { w: tf.zeros([2]) })).toThrow(
        "clipByGlobalNorm: gradient at 'w' must be a tensor of shape [2], got undefined",
      );
    });
  });
});
