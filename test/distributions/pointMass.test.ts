import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { flat, pointMass } from '../../src/distributions/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { take, values } from '../support/numbers.ts';

describeOnBackends('pointMass', () => {
  const posterior = pointMass();

  it('is its value, whatever the key, in a new tensor', () => {
    const value = tf.tensor1d([1, -2]);
    expect(take(posterior.sample({ value }, random.key(1)))).toEqual([1, -2]);
    expect(value.isDisposed).toBe(false);
    value.dispose();
  });

  it('starts at the drawn mean and at the mean of given moments', () => {
    tf.tidy(() => {
      const mean = tf.tensor1d([1, 2]);
      expect(values(posterior.init(mean, 9, random.key(0)).value)).toEqual([1, 2]);
      expect(values(posterior.fromMoments?.(mean, tf.ones([2])).value ?? expect.unreachable())).toEqual([
        1, 2,
      ]);
    });
  });

  it('has variance 0 and log probability 0', () => {
    tf.tidy(() => {
      const value = tf.tensor1d([1, 2]);
      const { mean, variance } = posterior.moments?.({ value }) ?? expect.unreachable();
      expect([values(mean), values(variance)]).toEqual([
        [1, 2],
        [0, 0],
      ]);
      expect(values(posterior.logProb({ value }, value))).toEqual([0, 0]);
    });
  });

  it('passes the gradient of a draw to its value', () => {
    const x = tf.tensor1d([1, 2]);
    expectGradient((value) => tf.square(posterior.sample({ value }, random.key(0))), x);
    x.dispose();
  });

  it('leaks no tensors', () => {
    const value = tf.zeros([2]);
    expectNoLeak(() => posterior.sample({ value }, random.key(0)));
    expectNoLeak(() => posterior.moments?.({ value }));
    value.dispose();
  });
});

describeOnBackends('flat', () => {
  it('is 0 everywhere, has no gradient, and is unchanged when rescaled', () => {
    const x = tf.tensor1d([-5, 0, 1e6]);
    expect(take(flat().logProb(x, undefined))).toEqual([0, 0, 0]);
    expect(take(flat().rescale(0.1).logProb(x, undefined))).toEqual([0, 0, 0]);
    expect(take(tf.grad((w: tf.Tensor) => flat().logProb(w, undefined))(x))).toEqual([0, 0, 0]);
    expect(flat().moments).toBeUndefined();
    x.dispose();
  });
});
