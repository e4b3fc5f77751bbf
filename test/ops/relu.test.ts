import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';

/** A device may take numbers below 2^-126 for 0. */
const normal = fc.float({ min: -5, max: 5, noNaN: true }).filter((x) => x === 0 || Math.abs(x) >= 2 ** -126);
const number = fc.oneof(fc.constantFrom(0, -0, 1e-30, -1e-30), normal);

describeOnBackends('the gradient of the rectifier', () => {
  it('is the given one where the number is above 0, else 0', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 50 }), (pairs) => {
        tf.tidy(() => {
          const [x, dy] = [0, 1].map((i) => tf.tensor1d(pairs.map((pair) => pair[i]!)));
          const slopes = values(tf.grad((y: tf.Tensor) => tf.relu(y))(x!, dy!));
          const expected = pairs.map(([a], i) => (a > 0 ? values(dy!)[i]! : 0));
          // Either zero.
          expect(slopes.map((slope) => slope + 0)).toEqual(expected.map((slope) => slope + 0));
        });
      }),
      { numRuns: runs(40) },
    );
  });

  it.skipIf(!kernels)('is NaN where the number is, and 0 where an infinite one is given below 0', () => {
    if (tf.getBackend() !== 'wasm') return;
    tf.tidy(() => {
      const x = tf.tensor1d([Number.NaN, -1, 2, -3, 4, Number.NaN]);
      const dy = tf.tensor1d([1, Number.POSITIVE_INFINITY, 3, 4, Number.POSITIVE_INFINITY, 0]);
      const slopes = values(tf.grad((y: tf.Tensor) => tf.relu(y))(x, dy));
      expect(slopes).toEqual([Number.NaN, 0, 3, 0, Number.POSITIVE_INFINITY, Number.NaN]);
    });
  });

  it('can be differentiated again, and inside vmap is the loop over samples', () => {
    tf.tidy(() => {
      const cubes = (x: tf.Tensor): tf.Tensor => tf.sum(tf.pow(tf.relu(x), 3));
      const slopes = (x: tf.Tensor): tf.Tensor => tf.grad(cubes)(x);
      const x = tf.tensor2d([
        [1, -2, 3],
        [-1, 2, 0.5],
      ]);
      const second = values(tf.grad((y: tf.Tensor) => tf.sum(slopes(y)))(x));
      expect(second.map((each) => Math.round(1e4 * each) / 1e4 + 0)).toEqual([6, 0, 18, 0, 12, 3]);
      expect(values(vmap(slopes)(x))).toEqual(
        [0, 1].flatMap((row) => values(slopes(tf.squeeze(tf.slice(x, row, 1), [0])))),
      );
    });
  });

  it('leaks no tensors', () => {
    const x = tf.ones([2, 3]);
    expectNoLeak(() => tf.tidy(() => tf.grad((y: tf.Tensor) => tf.relu(y))(x)));
    x.dispose();
  });
});
