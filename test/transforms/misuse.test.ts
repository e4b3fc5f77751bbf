import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  adam,
  bayesian,
  categorical,
  deterministic,
  elbo,
  gaussian,
  layer,
  likelihood,
  linear,
  localReparametrization,
  posteriorMean,
  random,
  sequential,
  trainStep,
  vmap,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';

const model = bayesian()(linear(2, 3));
const batch = () => ({ inputs: tf.ones([4, 2]), targets: tf.ones([4, 3]) });
const noKey = 3 as unknown as random.Key;

describeOnBackends('a mistake that would go unnoticed', () => {
  it('is refused: a likelihood that forgets to sum', () => {
    const forgetful = likelihood({
      name: 'forgetful',
      logProb: (output: tf.Tensor, target: tf.Tensor) => tf.neg(tf.square(tf.sub(output, target))),
    });
    const params = model.init(random.key(0));
    const f = withLogProbs(model);
    const message = /^elbo: result of the forgetful likelihood's logProb must be of shape \[batch\]/;
    const options = { likelihood: forgetful, datasetSize: 4 };
    expect(() => elbo(options)(f)(params, random.key(1), batch())).toThrow(message);
    expect(() => elbo(options)(vmapSamples({ samples: 2 })(f))(params, random.key(1), batch())).toThrow(
      message,
    );
  });

  it('is rejected: one sample for a likelihood that fits a spread to the samples', () => {
    const likelihood = gaussian({ std: 1, predictiveFit: 'spread' });
    const options = { likelihood, datasetSize: 4, dataFitting: 'predictive' } as const;
    const one = vmapSamples({ samples: 1 })(withLogProbs(model));
    expect(() => elbo(options)(one)).toThrow(
      "elbo: samples, with dataFitting 'predictive', must be at least 2, got 1",
    );
    elbo({ ...options, likelihood: categorical() })(one);
    elbo({ ...options, likelihood: gaussian({ std: 1 }) })(one);
    elbo(options)(vmapSamples({ samples: 2 })(withLogProbs(model)));
  });

  it('is not a number: a label outside the classes that cannot be read', () => {
    const each = vmap((output: tf.Tensor, label: tf.Tensor) => categorical().logProb(output, label));
    const [good, bad] = each(tf.zeros([2, 1, 3]), tf.tensor2d([[1], [7]], [2, 1], 'int32')).dataSync();
    expect(good).toBeCloseTo(-Math.log(3), 5);
    expect(bad).toBeNaN();
  });

  it('is rejected: anything but a key in place of a key', () => {
    const params = model.init(random.key(0));
    expect(() => model.init(noKey)).toThrow('init: key must be a random key, got 3');
    expect(() => model.apply(params, noKey, batch().inputs)).toThrow('key must be a random key, got 3');
  });
});

describeOnBackends('ordinary weights under local reparametrization', () => {
  it('are used unchanged: twice if necessary, and with a log probability', () => {
    const twice = layer(
      { f: deterministic(linear(2, 2)) },
      ({ f }) =>
        (x: tf.Tensor) =>
          f(f(x)),
    );
    const ordinary = bayesian()(twice);
    const params = ordinary.init(random.key(0));
    const drawn = ordinary.apply(params, random.key(1), batch().inputs);
    const local = withLogProbs(localReparametrization(ordinary))(params, random.key(1), batch().inputs);
    expect([...local.output.dataSync()]).toEqual([...drawn.dataSync()]);
    expect(local.logProbs.prior.dataSync()[0]).toBe(0);
  });
});

describeOnBackends('a network that returns a weight', () => {
  it('returns a new tensor', () => {
    const giving = bayesian()(
      layer(
        { w: [3] },
        ({ w }) =>
          () =>
            w,
      ),
    );
    const params = giving.init(random.key(0));
    posteriorMean(giving).apply(params, random.key(1)).dispose();
    expect(params.w.mean.isDisposed).toBe(false);
  });
});

describeOnBackends('a chain by name', () => {
  it('rejects names that JavaScript would reorder', () => {
    expect(() => sequential({ b: linear(2, 3), '1': linear(3, 2) })).toThrow(
      "sequential: names must be other than integers, got '1'",
    );
  });
});

describeOnBackends('a step of the pipe that is left out', () => {
  const net = sequential(linear(2, 3), linear(3, 1));

  it('is named: bayesian without its parentheses', () => {
    expect(() => bayesian(net as never)).toThrow('call bayesian() first, as in bayesian()(layer)');
  });

  it('is named: a loss without elbo', () => {
    const batch = { inputs: tf.zeros([1, 2]), targets: tf.zeros([1, 1]) };
    const model = bayesian()(net);
    expect(() => trainStep(model as never, adam({ learningRate: 0.1 }))).toThrow(
      'make a loss with elbo first',
    );
    const step = trainStep(model.apply as never, adam({ learningRate: 0.1 }));
    expect(() => step.update(step.init(model.init(random.key(0)), random.key(1)), batch as never)).toThrow(
      'elbo',
    );
  });
});
