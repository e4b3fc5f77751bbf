import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../../support/backends.ts';
import { expectNumbers, take } from '../../support/numbers.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

describeOnBackends('the gradient of a sum and of a mean', () => {
  it('is the weight of each number in it, over any axes', () => {
    fc.assert(
      fc.property(shapes, fc.nat(31), fc.boolean(), (shape, pick, keepDims) => {
        const axes = shape.flatMap((_, axis) => ((pick >> axis) & 1 ? [axis] : []));
        const reduced = axes.reduce((count, axis) => count * shape[axis]!, 1);
        const x = tf.ones(shape);
        for (const [f, weight] of [
          [tf.sum, 1],
          [tf.mean, 1 / (axes.length === 0 ? 1 : reduced)],
        ] as const) {
          const value = f(x, axes, keepDims);
          const dy = tf.reshape(tf.range(0, value.size), value.shape);
          const gradient = take(tf.grad((y: tf.Tensor) => f(y, axes, keepDims))(x, dy));
          const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
          const wanted = take(tf.tidy(() => tf.mul(tf.ones(shape), tf.reshape(dy, kept))));
          expectNumbers(
            gradient,
            wanted.map((each) => each * weight),
            1e-6,
          );
          tf.dispose([value, dy]);
        }
        x.dispose();
      }),
    );
  });

  it('can be differentiated again, for tensors of five axes too', () => {
    const x = tf.ones([1, 2, 1, 2, 3]);
    const cubes = (y: tf.Tensor) => tf.sum(tf.square(tf.mean(tf.pow(y, 3), [0, 3])));
    const twice = take(tf.grad((y: tf.Tensor) => tf.sum(tf.grad(cubes)(y)))(x));
    // d/dx of 2 m x^2 3 / 2 with m the mean of two cubes, summed over all numbers: 9 from each square, 6 m from x^2.
    expectNumbers(
      twice,
      twice.map(() => 15),
    );
    expect(twice.length).toBe(12);
    x.dispose();
  });
});
