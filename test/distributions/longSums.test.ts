import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { gaussian } from '../../src/distributions/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { take } from '../support/numbers.ts';

describe.skipIf(!kernels)('long sums keep their digits', () => {
  describeOnBackends('in the data term', () => {
    it('of 60,000 rows and 10 draws with error 1', () => {
      const each = tf.tidy(() => {
        const { logProb } = gaussian({ std: 1 });
        const draws = Array.from({ length: 10 }, () => logProb(tf.ones([60_000, 1]), tf.zeros([60_000, 1])));
        return tf.neg(tf.mean(tf.stack(draws)));
      });
      expect(Math.abs(take(each)[0]! / (0.5 * Math.log(2 * Math.PI) + 0.5) - 1)).toBeLessThan(1e-6);
    });
  });
});
