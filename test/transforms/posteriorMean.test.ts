import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  dropout,
  linear,
  pointMass,
  posterior,
  posteriorMean,
  random,
  sequential,
  vmapSamples,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectSame } from './support/compare.ts';
import { cook, drawInputs, recipe } from './support/nets.ts';

describeOnBackends('posteriorMean', () => {
  it('is the plain network with the means for weights', () => {
    const model = bayesian()(
      sequential({
        a: linear(3, 4),
        tanh: (x: tf.Tensor) => tf.tanh(x),
        drop: dropout(0.9),
        b: linear(4, 2, { posterior: pointMass() }),
      }),
    );
    const params = model.init(random.key(0));
    const x = drawInputs(1, [5, 3]) as tf.Tensor2D;
    const [w, v] = [params.a.weight.mean as tf.Tensor2D, params.b.weight.value as tf.Tensor2D];
    const plain = tf.add(
      tf.matMul(tf.tanh(tf.add(tf.matMul(x, w), params.a.bias.mean)) as tf.Tensor2D, v),
      params.b.bias.value,
    );
    expectSame(posteriorMean(model).apply(params, random.key(7), x), plain);
  });

  it('is the same for every key and every sample, for any network', () => {
    fc.assert(
      fc.property(recipe, (each) => {
        tf.tidy(() => {
          const { model, params, key, x } = cook(each);
          const mean = posteriorMean(model);
          const one = mean.apply(params, key, x);
          expectSame(mean.apply(params, random.key(123), x), one);
          expectSame(vmapSamples({ samples: 3 })(mean)(params, key, x), tf.stack([one, one, one]));
        });
      }),
      { numRuns: runs(20), seed: 5 },
    );
  });

  it('has the parameters of the model, trainable as they are', () => {
    const model = bayesian()(linear(3, 2));
    const mean = posteriorMean(model);
    expectSame(mean.init(random.key(3)), model.init(random.key(3)));
    const params = model.init(random.key(3));
    const x = drawInputs(1, [5, 3]);
    expectNoLeak(() => mean.apply(params, random.key(0), x));
  });

  it('names a variable whose posterior has no known mean, and rejects a layer', () => {
    const odd = posterior({
      name: 'odd',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }) => tf.clone(mean),
      logProb: (_, weight) => tf.zerosLike(weight),
    });
    const model = bayesian()(sequential({ a: linear(3, 2), b: linear(2, 1, { posterior: odd }) }));
    const params = model.init(random.key(0));
    const x = drawInputs(0, [1, 3]);
    expectNoLeak(() => {
      expect(() => posteriorMean(model).apply(params, random.key(0), x)).toThrow(
        /posteriorMean: posterior of 'b.weight' must be one with moments/,
      );
    });
    expect(() => posteriorMean(linear(2, 1) as never)).toThrow(
      /posteriorMean: model must be what bayesian\(\) returns, got a Layer/,
    );
  });
});
