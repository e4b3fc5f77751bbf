import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import {
  bernoulli,
  gaussian,
  type Likelihood,
  laplace,
  normal,
  type PosteriorLike,
  type PriorLike,
  pointMass,
  poisson,
  quiet,
  scaleMixture,
  studentT,
} from '../../src/distributions/index.ts';
import { linear, predictedNoise, sequential } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import {
  bayesian,
  elbo,
  type Model,
  valueAndGrad,
  vmapSamples,
  withLogProbs,
} from '../../src/transforms/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';
import { expectClose } from '../transforms/support/compare.ts';

type Net = Model<unknown, (x: tf.Tensor) => unknown>;

const posteriors: Readonly<Record<string, PosteriorLike>> = {
  normal: normal() as PosteriorLike,
  studentT: studentT() as PosteriorLike,
  pointMass: pointMass() as PosteriorLike,
};
const priors: Readonly<Record<string, PriorLike>> = {
  studentT: studentT({ degreesOfFreedom: 3 }),
  laplace: laplace({ scale: 0.5 }),
  quiet: quiet({ stdRatio: 0.8 }),
  scaleMixture: scaleMixture({ stds: [1, 0.1] }),
};
const pairs = Object.keys(posteriors).flatMap((q) => Object.keys(priors).map((p) => [q, p] as const));

/** Likelihoods with networks whose outputs they take. */
const problems: Readonly<
  Record<string, { readonly likelihood: Likelihood<never>; readonly net: Net['layer'] }>
> = {
  bernoulli: { likelihood: bernoulli(), net: linear(3, 2) },
  'bernoulli of probabilities': {
    likelihood: bernoulli({ inputType: 'probs' }),
    net: sequential(linear(3, 2), (y: tf.Tensor): tf.Tensor => tf.sigmoid(y)),
  },
  poisson: { likelihood: poisson(), net: linear(3, 2) },
  'gaussian with predicted noise': {
    likelihood: gaussian(),
    net: sequential(linear(3, 4), predictedNoise),
  },
};

type Loss = (params: unknown, key: random.Key, batch: unknown) => { readonly loss: tf.Tensor };

/** The loss of a problem; its ingredients cannot be read from a table. */
const lossValue = (likelihood: Likelihood<never>, f: unknown): Loss =>
  elbo({ likelihood, datasetSize: 10 } as never)(f as never) as never;

const samples = 3;
const key = random.key(1);

describeOnBackends('under vmapSamples', () => {
  it.each(pairs)('a %s posterior with a %s prior equals the loop over draws', (posterior, prior) => {
    tf.tidy(() => {
      const model = bayesian({
        posterior: posteriors[posterior] ?? expect.unreachable(),
        prior: priors[prior] ?? expect.unreachable(),
        rescalePrior: true,
      })(linear(3, 2)) as unknown as Net;
      const params = model.init(random.key(0));
      const x = tf.ones([2, 3]);
      const all = vmapSamples({ samples })(withLogProbs(model))(params, key, x);
      const loop = [0, 1, 2].map((s) => withLogProbs(model)(params, random.foldIn(key, s), x));
      expectClose(all.output, tf.stack(loop.map(({ output }) => output as tf.Tensor)));
      expectClose(all.logProbs.prior, tf.stack(loop.map(({ logProbs }) => logProbs.prior)));
      expectClose(all.logProbs.posterior, tf.stack(loop.map(({ logProbs }) => logProbs.posterior)));
    });
  });

  it.each(Object.keys(problems))('the loss of %s and its gradient are the mean over draws', (name) => {
    tf.tidy(() => {
      const { likelihood, net } = problems[name] ?? expect.unreachable();
      const model = bayesian({ posterior: studentT({ degreesOfFreedom: 5, scale: 0.2 }) })(net);
      const params = model.init(random.key(0));
      const batch = {
        inputs: random.normal(random.key(2), [4, 3]),
        targets: random.bernoulli(random.key(3), [4, 2], { p: 0.5 }),
      };
      const sampled = lossValue(likelihood, pipe(model, withLogProbs, vmapSamples({ samples })));
      const single = lossValue(likelihood, withLogProbs(model));
      const [all, gradient] = valueAndGrad(sampled)(params, key, batch);
      const loop = [0, 1, 2].map((s) => valueAndGrad(single)(params, random.foldIn(key, s), batch));
      expectNumbers(values(all.loss), [average(loop.map(([parts]) => values(parts.loss)[0] ?? 0))]);
      leaves(gradient).forEach((leaf, at) => {
        const each = loop.map(([, own]) => leaves(own)[at] ?? expect.unreachable());
        expectClose(leaf, tf.mean(tf.stack(each), 0), 1e-4);
      });
    });
  });
});
