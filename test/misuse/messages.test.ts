import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  categorical,
  conv2d,
  divergence,
  elbo,
  likelihood,
  linear,
  modelOf,
  normal,
  plot,
  posterior,
  predict,
  prior,
  sequential,
  useBackend,
  vmapSamples,
  withDivergence,
} from '../../src/index.ts';

beforeAll(() => tf.setBackend('cpu'));

const given = (value: unknown) => value as never;
const net = linear(2, 1);
const { prior: standard, posterior: family } = normal();

describe('options by other names', () => {
  it.each<[string, () => unknown, string]>([
    ['adam', () => adam(given({ lr: 0.1 })), "adam: unknown option 'lr'; did you mean 'learningRate'?"],
    [
      'elbo',
      () => elbo(given({ likelihood: categorical(), datasetSize: 1, heat: 2 })),
      "elbo: unknown option 'heat'; the options are likelihood, datasetSize, temperature, dataFitting",
    ],
    ['normal', () => normal(given({ stddev: 1 })), "normal: unknown option 'stddev'; did you mean 'std'?"],
    [
      'conv2d',
      () => conv2d(1, 1, 2, given({ strides: 2 })),
      "conv2d: unknown option 'strides'; did you mean 'stride'?",
    ],
    [
      'predict',
      () => predict(bayesian()(net), given({ likelihood: categorical(), numSamples: 10 })),
      "predict: unknown option 'numSamples'; did you mean 'samples'?",
    ],
    [
      'bayesian',
      () => bayesian(given({ priors: 1 })),
      "bayesian: unknown option 'priors'; did you mean 'prior'?",
    ],
    [
      'withDivergence',
      () => withDivergence(given({ divergence: [] })),
      "withDivergence: unknown option 'divergence'; did you mean 'divergences'?",
    ],
    [
      'useBackend',
      () => useBackend('wasm', given({ wasmPaths: { 'tfjs-backend-wasm.wsam': '/a' } })),
      "useBackend: wasmPaths: unknown option 'tfjs-backend-wasm.wsam'; did you mean 'tfjs-backend-wasm.wasm'?",
    ],
  ])('are refused by %s', (_, call, text) => {
    expect(call).toThrow(text);
  });

  it.each<[string, () => unknown, string]>([
    ['a layer', () => bayesian(given(net)), 'bayesian: options must be a record of options, got a Layer'],
    [
      'a model',
      () => vmapSamples(given(bayesian()(net))),
      'vmapSamples: options must be a record of options, got a Model',
    ],
    ['a number', () => adam(given(0.1)), 'adam: options must be a record of options, got 0.1'],
    ['nothing', () => adam(given(undefined)), 'adam: options must be a record of options, got undefined'],
    [
      'options at the end of a chain',
      () => sequential(net, given({ prior: standard })),
      "sequential: piece '1' must be a layer or a function of a tensor, got an object with keys [prior]",
    ],
  ])('are not %s', (_, call, text) => {
    expect(call).toThrow(text);
  });
});

describe('records that users make', () => {
  it.each<[string, () => unknown, string]>([
    [
      'prior',
      () => prior(given({ name: 'p', logprob: () => 0, rescale: () => 0 })),
      "prior: unknown field 'logprob'; did you mean 'logProb'?",
    ],
    [
      'prior without rescale',
      () => prior(given({ name: 'p', logProb: () => 0 })),
      'prior: rescale must be a function, got undefined',
    ],
    [
      'posterior',
      () => posterior(given({ ...family, fromMoments: undefined, frommoments: () => 0 })),
      "posterior: unknown field 'frommoments'; did you mean 'fromMoments'?",
    ],
    ['nothing', () => likelihood(given(undefined)), 'likelihood: name must be a string, got undefined'],
    [
      'likelihood',
      () => likelihood(given({ name: 'l', logProb: () => 0, predictve: () => 0 })),
      "likelihood: unknown field 'predictve'; did you mean 'predictive'?",
    ],
    ['divergence', () => divergence('a', 'b', given(1)), 'divergence: of must be a function'],
    [
      'a row of divergences',
      () => withDivergence(given({ divergences: [{ posterior: 'normal', prior: 'normal' }] })),
      'withDivergence: divergences: of must be a function, got undefined',
    ],
    [
      'divergences',
      () => withDivergence(given({ divergences: 1 })),
      'withDivergence: divergences must be a list of divergence(...), got 1',
    ],
    [
      'estimator',
      () => modelOf(net, {}, given({ name: 'e', draws: true, noisy: true })),
      'modelOf: estimator: variable must be a function, got undefined',
    ],
  ])('are complete and spelt right: %s', (_, call, text) => {
    expect(call).toThrow(text);
  });

  it('have fields of their own', () => {
    expect(prior({ ...standard, scale: 3 } as never)).toMatchObject({ scale: 3 });
    expect(posterior({ ...family, temperature: 3 } as never)).toMatchObject({ temperature: 3 });
    expect(likelihood({ ...categorical(), classes: 3 }).classes).toBe(3);
  });

  it('of plots are spelt right', async () => {
    const rejections: readonly (readonly [Promise<unknown>, string])[] = [
      [
        plot.predictiveBand(given({ x: [0], mean: [0], stds: [1] })),
        "plot.predictiveBand: unknown field 'stds'; did you mean 'std'?",
      ],
      [plot.predictiveBand(given(undefined)), 'plot.predictiveBand: argument must be a record with x, mean'],
      [
        plot.predictiveBand(given({ x: [0], mean: [0], data: [1] })),
        'plot.predictiveBand: data must be a record with x, y, got [1]',
      ],
      [
        plot.uncertaintyMap(given({ x: [0], y: [0], value: [0] })),
        "plot.uncertaintyMap: unknown field 'value'; did you mean 'values'?",
      ],
      [
        plot.pictures(given({ images: [[[0]]], caption: ['a'] })),
        "plot.pictures: unknown field 'caption'; did you mean 'captions'?",
      ],
    ];
    for (const [made, text] of rejections) await expect(made).rejects.toThrow(text);
  });
});
