import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { withSquare } from '../../src/ops/withSquare.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const waves = (shape: readonly number[], phase = 0): tf.Tensor =>
  tf.sin(tf.add(tf.reshape(tf.range(0, tf.util.sizeFromShape([...shape])), [...shape]), phase));

/** A function of both whose slopes differ. */
const both = (given: tf.Tensor): tf.Tensor => {
  const { x, square } = withSquare(given);
  return tf.add(tf.mul(3, x), tf.mul(tf.add(x, 2), square));
};

describeOnBackends('a number with its square', () => {
  it('has the gradient of both', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 3 }), (shape) => {
        tf.tidy(() => {
          const x = waves(shape);
          const dy = waves(shape, 2);
          const [numbers, slopes] = [values(x), values(dy)];
          const { value, grad } = tf.valueAndGrad(both)(x, dy);
          expectNumbers(
            values(value),
            numbers.map((n) => 3 * n + (n + 2) * n * n),
            1e-6,
          );
          expectNumbers(
            values(grad),
            numbers.map((n, i) => slopes[i]! * (3 + 3 * n * n + 4 * n)),
            2e-6,
          );
        });
      }),
      { numRuns: runs(40) },
    );
  });

  it('has the gradient of one where only that is used, and takes integers', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([1, -2, 3]);
      expect(values(tf.grad((y: tf.Tensor) => tf.neg(withSquare(y).x))(x))).toEqual([-1, -1, -1]);
      expect(values(tf.grad((y: tf.Tensor) => withSquare(y).square)(x))).toEqual([2, -4, 6]);
      expect(values(withSquare(tf.tensor1d([2, -3], 'int32')).square)).toEqual([4, 9]);
    });
  });

  it('has the gradient of its gradient', () => {
    tf.tidy(() => {
      const slopes = ([x]: readonly tf.Tensor[]) => tf.sum(tf.square(tf.grad(both)(x!)));
      expectGradients(slopes, [waves([2, 3])], { step: 1e-2, tolerance: 1e-2 });
    });
  });

  it('inside vmap is the loop over samples, with its gradient', () => {
    tf.tidy(() => {
      const x = waves([3, 2, 5]);
      const slopes = (y: tf.Tensor): tf.Tensor => tf.grad(both)(y);
      const each = [0, 1, 2].map((s) => slopes(tf.squeeze(tf.slice(x, s, 1), [0])));
      expectNumbers(values(vmap(slopes)(x)), values(tf.stack(each)), 1e-6);
      expectNumbers(values(tf.grad((y: tf.Tensor) => vmap(both)(y))(x)), values(tf.stack(each)), 1e-6);
    });
  });

  it('leaks no tensors', () => {
    const x = tf.ones([2, 3]);
    expectNoLeak(() => tf.tidy(() => tf.grad(both)(x)));
    x.dispose();
  });
});
