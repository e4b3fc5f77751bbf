import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  categorical,
  elbo,
  likelihood,
  linear,
  random,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { classifier, drawInputs, labelled } from './support/nets.ts';

const number = (x: tf.Tensor): number => values(x)[0]!;

describeOnBackends("elbo with dataFitting 'predictive'", () => {
  it('scores lower jointly than separately on average (Jensen)', () => {
    const model = classifier();
    const batch = labelled();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 2, max: 6 }), (seed, samples) => {
        tf.tidy(() => {
          const params = model.init(random.key(seed));
          const f = vmapSamples({ samples })(withLogProbs(model));
          const of = (dataFitting: 'expected' | 'predictive') =>
            number(
              elbo({ likelihood: categorical(), datasetSize: 5, dataFitting: dataFitting as 'predictive' })(
                f,
              )(params, random.key(seed + 1), batch).dataFitting,
            );
          expect(of('predictive')).toBeLessThan(of('expected'));
        });
      }),
      { numRuns: runs(10), seed: 8 },
    );
  });

  it("takes the log of the mean probability for 'predictive' if the likelihood defines no fit", () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const [inputs, targets] = [drawInputs(1, [5, 3]), drawInputs(2, [5, 2])];
    // So unlikely that each probability alone is 0 in float32.
    const bare = likelihood({
      name: 'bare',
      logProb: (output: tf.Tensor, target: tf.Tensor) => tf.sub(tf.sum(tf.mul(output, target), -1), 500),
    });
    const f = vmapSamples({ samples: 3 })(withDivergence(model));
    const loss = elbo({ likelihood: bare, datasetSize: 10, dataFitting: 'predictive' })(f);
    const { output } = f(params, random.key(0), inputs);
    const each = tf.sum(tf.mul(output, targets), -1).arraySync() as number[][];
    const together = each[0]!.map((_, row) =>
      Math.log(each.reduce((sum, sample) => sum + Math.exp(sample[row]!) / 3, 0)),
    );
    const expected = -10 * (together.reduce((a, b) => a + b, 0) / 5 - 500);
    expectNumbers([number(loss(params, random.key(0), { inputs, targets }).dataFitting)], [expected], 1e-6);
  });

  it("takes a likelihood's own fit to the samples for 'predictive'", () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const [inputs, targets] = [drawInputs(1, [5, 3]), drawInputs(2, [5, 2])];
    const fixed = likelihood({
      name: 'fixed',
      logProb: (output: tf.Tensor) => tf.mean(output, -1),
      predictiveLogProb: (samples: tf.Tensor) => tf.fill([samples.shape[1]!], -samples.shape[0]!),
    });
    const f = vmapSamples({ samples: 3 })(withDivergence(model));
    const { dataFitting } = elbo({ likelihood: fixed, datasetSize: 10, dataFitting: 'predictive' })(f)(
      params,
      random.key(0),
      { inputs, targets },
    );
    expect(number(dataFitting)).toBe(30);
  });
});
