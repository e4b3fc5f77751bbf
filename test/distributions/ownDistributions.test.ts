import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import { likelihood, type Prior, posterior, prior } from '../../src/distributions/index.ts';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, elbo, valueAndGrad, vmapSamples, withLogProbs } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

/** A posterior of the fewest fields: a start, a sample, a log density. Uniform about its mean. */
const uniformBall = posterior({
  name: 'uniformBall',
  init: (mean: tf.Tensor) => ({ mean, logRadius: tf.fill(mean.shape, -3) }),
  sample: ({ mean, logRadius }, key) =>
    tf.add(mean, tf.mul(tf.exp(logRadius), random.uniform(key, mean.shape, { min: -1, max: 1 }))),
  logProb: ({ logRadius }) => tf.neg(tf.add(logRadius, Math.LN2)),
});

/** A prior of the fewest fields: a log density and a rescaling. */
const laplace = (scale: number): Prior =>
  prior({
    name: 'laplace',
    logProb: (w) => tf.sub(-Math.log(2 * scale), tf.div(tf.abs(w), scale)),
    rescale: (factor) => laplace(scale * factor),
  });

/** A likelihood of the fewest fields: a log probability. */
const laplaceNoise = likelihood({
  name: 'laplaceNoise',
  logProb: (output: tf.Tensor, target: tf.Tensor) =>
    tf.sum(tf.sub(-Math.LN2, tf.abs(tf.sub(output, target))), -1),
});

const model = pipe(
  linear(2, 1),
  bayesian({ posterior: uniformBall, prior: laplace(0.5), rescalePrior: true }),
);

describeOnBackends('distributions of the user', () => {
  it('train through bayesian, withLogProbs and elbo', () => {
    tf.tidy(() => {
      const params = model.init(random.key(0));
      const key = random.key(1);
      const batch = { inputs: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), targets: tf.ones([3, 1]) };
      const loss = elbo({ likelihood: laplaceNoise, datasetSize: 30 })(
        pipe(model, withLogProbs, vmapSamples({ samples: 4 })),
      );
      const [{ loss: value, dataFitting, divergence }, gradient] = valueAndGrad(loss)(params, key, batch);

      const samples = Array.from({ length: 4 }, (_, s) =>
        withLogProbs(model)(params, random.foldIn(key, s), batch.inputs),
      );
      const fitting = samples.map(
        ({ output }) => -30 * (values(tf.mean(laplaceNoise.logProb(output, batch.targets)))[0] as number),
      );
      const terms = samples.map(
        ({ logProbs }) => (values(logProbs.posterior)[0] as number) - (values(logProbs.prior)[0] as number),
      );
      const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
      expectNumbers(values(dataFitting), [mean(fitting)]);
      expectNumbers(values(divergence), [mean(terms)]);
      expectNumbers(values(value), [mean(fitting) + mean(terms)]);
      for (const leaf of [gradient.weight.mean, gradient.weight.logRadius, gradient.bias.mean]) {
        expect(values(leaf).every((x) => Number.isFinite(x) && x !== 0)).toBe(true);
      }
    });
  });

  it('have their log densities summed, and the prior rescaled by 1 / sqrt(3 fanIn)', () => {
    tf.tidy(() => {
      const params = model.init(random.key(0));
      const { logProbs } = withLogProbs(model)(params, random.key(2), tf.eye(2));
      expectNumbers(values(logProbs.posterior), [3 * (3 - Math.LN2)]);
      const drawn = model.apply(params, random.key(2), tf.concat([tf.eye(2), tf.zeros([1, 2])]));
      const [first, second, bias] = values(drawn) as [number, number, number];
      const scale = 0.5 / Math.sqrt(3 * 2);
      const weights = [first - bias, second - bias, bias];
      expectNumbers(values(logProbs.prior), [
        weights.reduce((sum, w) => sum - Math.log(2 * scale) - Math.abs(w) / scale, 0),
      ]);
    });
  });

  it("score under 'predictive' by the mean probability if the likelihood has no predictiveFit", () => {
    tf.tidy(() => {
      const params = model.init(random.key(0));
      const key = random.key(5);
      const batch = { inputs: tf.tensor2d([1, 2], [1, 2]), targets: tf.ones([1, 1]) };
      const loss = pipe(
        model,
        withLogProbs,
        vmapSamples({ samples: 3 }),
        elbo({ likelihood: laplaceNoise, datasetSize: 1, dataFitting: 'predictive' }),
      );
      const probabilities = Array.from({ length: 3 }, (_, s) =>
        Math.exp(
          values(
            laplaceNoise.logProb(model.apply(params, random.foldIn(key, s), batch.inputs), batch.targets),
          )[0] as number,
        ),
      );
      expectNumbers(values(loss(params, key, batch).dataFitting), [
        -Math.log(probabilities.reduce((a, b) => a + b, 0) / 3),
      ]);
    });
  });
});
