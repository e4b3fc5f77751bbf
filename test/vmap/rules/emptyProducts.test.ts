import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { describeOnBackends } from '../../support/backends.ts';
import { values } from '../../support/numbers.ts';

const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);

describeOnBackends('products of empty factors', () => {
  it.each([
    ['a shared second factor', [0, null], [3, 2, 0], [0, 4]],
    ['a shared first factor', [null, 0], [2, 0], [3, 0, 4]],
    ['factors of their own', [0, 0], [3, 2, 0], [3, 0, 4]],
  ] as const)('are zeros: %s', (_, inAxes, a, b) => {
    tf.tidy(() => {
      const y = vmap(product, { inAxes: [...inAxes] })(tf.zeros([...a]), tf.zeros([...b]));
      expect(y.shape).toEqual([3, 2, 4]);
      expect(values(y)).toEqual(Array(24).fill(0));
    });
  });

  it.each([
    ['no rows', [0, null], [3, 0, 2], [2, 4], [3, 0, 4]],
    ['no columns', [0, null], [3, 2, 2], [2, 0], [3, 2, 0]],
  ] as const)('have %s where there are none', (_, inAxes, a, b, shape) => {
    tf.tidy(() => {
      const y = vmap(product, { inAxes: [...inAxes] })(tf.zeros([...a]), tf.zeros([...b]));
      expect(y.shape).toEqual([...shape]);
    });
  });
});
