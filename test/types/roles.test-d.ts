import type * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  categorical,
  elbo,
  flat,
  gaussian,
  layer,
  linear,
  normal,
  type Prior,
  pointMass,
  posterior,
  prior,
  variable,
} from 'tfjs-bayesian';
import { describe, it } from 'vitest';

const laplace: Prior = prior({ name: 'laplace', logProb: (w) => w, rescale: () => laplace });

describe('a distribution in a role it cannot play', () => {
  it('is an error as a prior: likelihoods and posteriors', () => {
    // @ts-expect-error a categorical is a likelihood
    bayesian({ prior: categorical() });
    // @ts-expect-error a gaussian is a likelihood
    bayesian({ prior: gaussian({ std: 1 }) });
    // @ts-expect-error a point mass is a posterior
    bayesian({ prior: pointMass() });
    // @ts-expect-error also for a layer
    linear(2, 1, { prior: categorical() });
    // @ts-expect-error and for a variable
    variable([2], { prior: categorical() });
    // @ts-expect-error and for a layer of one's own
    layer({ w: [2] }, () => (x: tf.Tensor) => x, { prior: categorical() });
  });

  it('is an error as a posterior: priors and likelihoods', () => {
    // @ts-expect-error flat is a prior
    bayesian({ posterior: flat() });
    // @ts-expect-error a categorical is a likelihood
    linear(2, 1, { posterior: categorical() });
    // @ts-expect-error a prior of one's own is no posterior
    variable([2], { posterior: laplace });
  });

  it('is an error as a likelihood: priors, posteriors and normal', () => {
    // @ts-expect-error normal is a prior and a posterior; the likelihood is gaussian
    elbo({ likelihood: normal(), datasetSize: 10 });
    // @ts-expect-error flat is a prior
    elbo({ likelihood: flat(), datasetSize: 10 });
    // @ts-expect-error a point mass is a posterior
    elbo({ likelihood: pointMass(), datasetSize: 10 });
  });

  it('compiles in a role it can play: normal is a prior and a posterior', () => {
    bayesian({ prior: normal(), posterior: normal({ std: 0.1 }) });
    bayesian({ prior: normal().prior, posterior: normal().posterior });
    linear(2, 1, { prior: laplace, posterior: pointMass() });
  });
});

describe('an option that does not exist', () => {
  it('is an error, alone and beside others', () => {
    // @ts-expect-error misspelt
    bayesian({ piror: normal() });
    // @ts-expect-error misspelt beside a right one
    bayesian({ prior: normal(), posteriour: normal() });
    // @ts-expect-error misspelt beside a right one
    linear(2, 1, { bias: false, piror: normal() });
    // @ts-expect-error misspelt beside a right one
    variable([2], { fanIn: 3, initialmean: 0 });
    // @ts-expect-error misspelt beside a right one
    layer({ w: [2] }, () => (x: tf.Tensor) => x, { prior: normal(), rescale: true });
    // @ts-expect-error of another type
    linear(2, 1, { bias: 'no' });
    // @ts-expect-error a spread is a number or a tensor
    normal({ std: '1' });
    // @ts-expect-error misspelt
    normal({ sdt: 1 });
    // @ts-expect-error one of two names
    categorical({ inputType: 'prob' });
    // @ts-expect-error a gaussian with options needs its std
    gaussian({ normalized: false });
  });
});

describe("a user's own distribution", () => {
  it('needs the fields of its role, and nothing else', () => {
    // @ts-expect-error a prior needs a way to be rescaled
    prior({ name: 'p', logProb: (w: tf.Tensor) => w });
    // @ts-expect-error a posterior needs a sampler
    posterior({ name: 'q', init: (mean: tf.Tensor) => ({ mean }), logProb: ({ mean }) => mean });
    posterior({
      name: 'q',
      init: (m: tf.Tensor) => ({ m }),
      // @ts-expect-error it has no parameter of that name
      sample: ({ mean }) => mean,
      logProb: ({ m }) => m,
    });
  });
});
