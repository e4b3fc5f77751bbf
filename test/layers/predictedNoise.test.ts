import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import {
  adam,
  bayesian,
  elbo,
  gaussian,
  linear,
  predict,
  predictedNoise,
  random,
  sequential,
  trainStep,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { dispose } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';

describeOnBackends('predictedNoise', () => {
  it('splits the last axis, whatever the axes before it', () => {
    tf.tidy(() => {
      const { mean, logStd } = predictedNoise(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4]));
      expect([mean.shape, logStd.shape]).toEqual([
        [2, 1, 2],
        [2, 1, 2],
      ]);
      expectNumbers([...values(mean), ...values(logStd)], [1, 2, 5, 6, 3, 4, 7, 8]);
    });
  });

  it('rejects an odd number of outputs', () => {
    tf.tidy(() => {
      for (const x of [tf.zeros([2, 3]), tf.scalar(1), 1 as never]) {
        expect(() => predictedNoise(x)).toThrow(/^predictedNoise: input must be a tensor with a mean and/);
      }
    });
  });

  it('learns where the noise is large, and predicts it', () => {
    const x = random.uniform(random.key(1), [64, 1], { min: -1, max: 1 });
    // The noise of the left half is a tenth of that of the right half.
    const targets = tf.tidy(() =>
      tf.mul(random.normal(random.key(2), [64, 1]), tf.where(tf.greater(x, 0), tf.scalar(1), tf.scalar(0.1))),
    );
    const model = bayesian()(sequential(linear(1, 2), predictedNoise));
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: gaussian(), datasetSize: 64 }),
    );
    const { init, update } = trainStep(loss, adam({ learningRate: 0.05 }));
    const first = init(model.init(random.key(0)), random.key(3));
    const state = Array.from({ length: 120 }).reduce<typeof first>((before) => {
      const next = update(before, { inputs: x, targets }, { donate: true });
      dispose(next.parts);
      return next.state;
    }, first);
    const { uncertainty } = predict(model, { likelihood: gaussian(), samples: 20 })(
      state.params,
      random.key(4),
      tf.tensor2d([[-0.8], [0.8]]),
    );
    const [left = 0, right = 0] = take(uncertainty.aleatoric);
    expect(right).toBeGreaterThan(4 * left);
  });
});
