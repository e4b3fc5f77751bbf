import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { customGrad } from '../../src/ops/customGrad.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 });

/** `2 x + y`, with `3 x dy` and `y dy` as its custom gradients: numbers that no other gradient gives. */
const odd = customGrad((x: tf.Tensor, y: tf.Tensor) => ({
  value: tf.add(tf.mul(2, x), y),
  saved: [x, y],
  gradient: (dy, [a, b]) => [tf.mul(tf.mul(3, a), dy), tf.mul(b, dy)],
}));

describeOnBackends('customGrad', () => {
  it('gives the value and the gradients of its function, from what was saved', () => {
    fc.assert(
      fc.property(numbers, (xs) => {
        tf.tidy(() => {
          const [x, y] = [tf.tensor1d(xs), tf.tensor1d(xs.map((n) => n + 1))];
          const [dx, dy] = tf.grads((a, b) => tf.mul(odd(a, b), 5))([x, y]);
          expect(values(odd(x, y))).toEqual(xs.map((n) => 2 * n + n + 1));
          expect(values(dx!)).toEqual(xs.map((n) => 15 * n));
          expect(values(dy!)).toEqual(xs.map((n) => 5 * (n + 1)));
        });
      }),
    );
  });

  it('needs nothing saved', () => {
    tf.tidy(() => {
      const constant = customGrad((x: tf.Tensor) => ({
        value: tf.square(x),
        gradient: () => tf.fill(x.shape, 7),
      }));
      expect(values(tf.grad((x) => constant(x))(tf.tensor1d([1, 2])))).toEqual([7, 7]);
    });
  });

  it('is the same for each sample of a vmap', () => {
    tf.tidy(() => {
      const [x, y] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([10, 20])];
      const mapped = (a: tf.Tensor, b: tf.Tensor) => vmap(odd, { inAxes: [0, null] })(a, b);
      expect(values(mapped(x, y))).toEqual([12, 24, 16, 28]);
      const [dx, dy] = tf.grads(mapped)([x, y]);
      expect(values(dx!)).toEqual([3, 6, 9, 12]);
      expect(values(dy!)).toEqual([20, 40]);
    });
  });

  it('leaves no tensors behind', () => {
    const x = tf.tensor1d([1, 2]);
    expectNoLeak(() => tf.grad((a) => odd(a, a))(x));
    x.dispose();
  });
});
