import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  adam,
  bayesian,
  elbo,
  gaussian,
  linear,
  predict,
  random,
  trainStep,
  withLogProbs,
} from '../../src/index.ts';
import { assertFiniteData } from '../../src/training/assertFinite.ts';
import { describeOnBackends } from '../support/backends.ts';

const likelihood = gaussian({ std: 1 });

describeOnBackends('data that is not finite', () => {
  beforeEach(({ skip }) => {
    // Looking would wait for the device.
    if (!canReadSync()) skip('data is trusted on a GPU');
  });

  const model = bayesian()(linear(2, 1));

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is refused by predict: %s',
    (value) => {
      const params = model.init(random.key(0));
      const x = tf.tensor2d([
        [1, 2],
        [value, 3],
      ]);
      expect(() => predict(model, { likelihood, samples: 2 })(params, random.key(1), x)).toThrow(
        'predict: inputs: 0 must be finite, but has NaN or infinite values',
      );
    },
  );

  it('throws in a training step, with its place in the batch', () => {
    const step = trainStep(
      elbo({ likelihood, datasetSize: 2 })(withLogProbs(model)),
      adam({ learningRate: 0.1 }),
    );
    const state = step.init(model.init(random.key(0)), random.key(1));
    const good = tf.ones([2, 1]);
    const batch = { inputs: tf.ones([2, 2]), targets: tf.tensor2d([[1], [Number.NaN]]) };
    expect(() => step.update(state, batch)).toThrow('trainStep: batch: targets must be finite');
    expect(step.update(state, { ...batch, targets: good }).state.step).toBe(1);
    expect(() => step.init(model.init(random.key(0)), 3 as unknown as random.Key)).toThrow(
      'trainStep: key must be a random key, got 3',
    );
  });

  it('is not confused with a sum that overflows', () => {
    assertFiniteData('test', { x: tf.tensor1d([3e38, 3e38]), labels: tf.tensor1d([1], 'int32') });
    expect(() => assertFiniteData('test', { x: tf.tensor1d([3e38, Number.NaN]) })).toThrow(
      'test: x must be finite',
    );
  });
});
