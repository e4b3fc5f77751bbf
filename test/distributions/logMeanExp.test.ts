import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { logMeanExp } from '../../src/distributions/specialFunctions.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';

const number = fc.double({ min: -30, max: 30, noNaN: true }).map(Math.fround);

describeOnBackends('logMeanExp', () => {
  it('is the log of the mean of exponentials, without overflow', () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0, 1e4, -1e4),
        (xs, far) => {
          tf.tidy(() => {
            const shifted = xs.map((x) => Math.fround(x + far));
            const exact = Math.log(average(shifted.map((x) => Math.exp(x - far)))) + far;
            expectNumbers(values(logMeanExp(tf.tensor2d(shifted, [xs.length, 1]))), [exact]);
          });
        },
      ),
    );
  });

  it('is -Infinity if all are -Infinity, and otherwise ignores them', () => {
    tf.tidy(() => {
      const none = Number.NEGATIVE_INFINITY;
      const found = values(logMeanExp(tf.tensor2d([none, 0, none, none, none, Number.NaN], [2, 3])));
      expect(found.slice(0, 1)).toEqual([none]);
      expectNumbers(found.slice(1, 2), [-Math.LN2]);
      // What a GPU makes of NaN is its own affair.
      if (canReadSync()) expect(found[2]).toBeNaN();
    });
  });

  it('has the gradient of a softmax over the samples', () => {
    tf.tidy(() => expectGradient(logMeanExp, tf.tensor2d([0.5, -1, 2, 0.3, 2, 2], [3, 2])));
  });
});
