import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  categorical,
  conv2d,
  divergence,
  dropout,
  elbo,
  flatten,
  gaussian,
  layer,
  likelihood,
  linear,
  modelOf,
  normal,
  plot,
  posterior,
  predict,
  prior,
  random,
  scaleByAdam,
  sequential,
  trainStep,
  tree,
  useBackend,
  valueAndGrad,
  vmap,
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

describe('records made by users', () => {
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
      () => modelOf(net, {}, given({ name: 'e' })),
      'modelOf: estimator: handler must be a function, got undefined',
    ],
  ])('are complete and spelt right: %s', (_, call, text) => {
    expect(call).toThrow(text);
  });

  it('have fields of their own', () => {
    expect(prior({ ...standard, scale: 3 } as never)).toMatchObject({ scale: 3 });
    expect(posterior({ ...family, temperature: 3 } as never)).toMatchObject({ temperature: 3 });
    expect(likelihood({ ...categorical(), classes: 3 }).classes).toBe(3);
  });

  it('of plots are spelled correctly', async () => {
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

describe('calls that JavaScript allows', () => {
  const { key, split, normal: draws } = random;
  const made = () => {
    const model = bayesian()(net);
    const params = model.init(key(0));
    const x = tf.zeros([3, 2]);
    const batch = { inputs: x, targets: tf.zeros([3, 1]) };
    const sampled = vmapSamples({ samples: 2 })(model);
    const loss = elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 3 })(
      vmapSamples({ samples: 2 })(withDivergence(model)),
    );
    const step = trainStep(loss, adam({ learningRate: 0.1 }));
    return { model, params, x, batch, sampled, loss, step };
  };
  const own = (body: (x: tf.Tensor) => unknown) =>
    bayesian()(layer({ weight: [1] }, () => body as (x: tf.Tensor) => tf.Tensor));

  it('rejects a single key where a list is required', () => {
    const noise = vmap((k: random.Key) => draws(k, [2]));
    expect(noise(split(key(0), 3)).shape).toEqual([3, 2]);
    const text =
      'must be null for a single key; to map over keys pass a list of them, as random.split(key, n) makes';
    expect(() => noise(key(0))).toThrow(`vmap: inAxes for args[0] ${text}`);
    const two = vmap((a: random.Key, b: random.Key) => tf.add(draws(a, [2]), draws(b, [2])));
    expect(() => two(key(0), key(1))).toThrow(`vmap: inAxes for args[0] ${text}`);
    expect(two(split(key(0)), split(key(1))).shape).toEqual([2, 2]);
    expect(() => vmap(tf.square)(given([[1, 2]]))).toThrow(
      'vmap: no argument is mapped, so axisSize must say how many samples there are; the arguments are [[[1, 2]]], ' +
        'and only tensors and lists of keys are mapped',
    );
  });

  it('truncates long lists', () => {
    const many = Object.fromEntries(Array.from({ length: 65_000 }, (_, i) => [`w${i}`, key(i)]));
    const run = () => vmap((all: object) => all)(given({ ...many, a: tf.zeros([2]), b: tf.zeros([3]) }));
    expect(run).toThrow(/^.{0,400}$/);
    const { model } = made();
    expect(() => model.apply(given(many), key(0), tf.zeros([1, 2]))).toThrow(/^.{0,400}$/s);
  });

  it.each<[string, (all: ReturnType<typeof made>) => unknown, string]>([
    [
      'params and key swapped',
      ({ model, params, x }) => model.apply(given(key(0)), given(params), x),
      "params must be the model's parameter tree, got a Key",
    ],
    [
      'a forgotten key',
      ({ model, params, x }) => model.apply(params, given(x), x),
      'key must be a random key, got a float32 tensor of shape [3, 2]',
    ],
    [
      'a forgotten key of samples',
      ({ sampled, params, x }) => sampled(params, given(x), x),
      'vmapSamples: key must be a random key, got a float32 tensor of shape [3, 2]',
    ],
    [
      'a model in place of params',
      ({ model, x }) => model.apply(given(model), key(0), x),
      "params must be the model's parameter tree, got a Model",
    ],
    [
      'an Either in place of params',
      ({ model, params, x }) => model.apply(given(E.right(params)), key(0), x),
      "params must be the model's parameter tree, got a Right (open it with E.match, or check its _tag)",
    ],
    [
      'a promise in place of params',
      ({ model, params, x }) => model.apply(given(Promise.resolve(params)), key(0), x),
      "params must be the model's parameter tree, got a Promise (is an await missing?)",
    ],
    [
      'a state in place of params',
      ({ model, step, params, x }) => model.apply(given(step.init(params, key(0))), key(0), x),
      "params: 'weight' must be the parameters of a normal posterior, got undefined in an object with keys [params, " +
        'optimizer, step, key]; did you mean its params?',
    ],
    [
      'disposed params',
      ({ model, params, x }) => {
        tree.dispose(params.weight);
        return model.apply(params, key(0), x);
      },
      "variable 'weight', a normal posterior with an object with keys [mean, logStd]: its mean is disposed",
    ],
    [
      'an array in place of a tensor',
      ({ model, params }) => model.apply(params, key(0), given([[1, 2]])),
      'linear: input must be a tensor with 2 features on its last axis, got [[1, 2]]',
    ],
    [
      'no batch',
      ({ loss, params }) => loss(params, key(0), given(undefined)),
      'elbo: batch must be { inputs, targets }, got undefined',
    ],
    [
      'inputs and targets one by one',
      ({ loss, params, x }) => loss(params, key(0), given(x)),
      'elbo: batch must be { inputs, targets }, got a float32 tensor of shape [3, 2]',
    ],
    [
      'a batch by other names',
      ({ loss, params, x }) => loss(params, key(0), given({ x, y: x })),
      'elbo: batch must be { inputs, targets }, got an object with keys [x, y]',
    ],
    [
      'a batch in place of a key',
      ({ loss, params, batch }) => loss(params, given(batch), batch),
      'elbo: key must be a random key, got an object with keys [inputs, targets]',
    ],
    [
      'params in place of a state',
      ({ step, params, batch }) => step.update(given(params), batch),
      'trainStep: state must be a training state, as init and update return, got an object with keys [weight, bias]',
    ],
    [
      'a model in place of params to train',
      ({ step, model }) => step.init(given(model), key(0)),
      'trainStep: params must be a tree of tensors, such as model.init returns, got a Model',
    ],
    ['no loss', () => valueAndGrad(given(undefined)), 'valueAndGrad: f must be a function'],
    [
      'no state of an optimizer',
      ({ params }) => scaleByAdam().update(params, given(undefined), params),
      'scaleByAdam: state must be a state returned by init or update, got undefined',
    ],
    [
      'no spec',
      () => layer(given(undefined), () => given(1)),
      'layer: spec must be a record of parts by name',
    ],
    [
      'a body that returns no function',
      ({ x }) => {
        const model = bayesian()(layer({ weight: [1] }, () => given(1)));
        return (model.apply as unknown as (...all: unknown[]) => unknown)(model.init(key(0)), key(0), x);
      },
      'layer: result of the body must be a function, as in ({ weight }) => (x) => tf.mul(x, weight), got 1',
    ],
    [
      'pieces in an array',
      () => sequential(given([net, tf.relu])),
      "sequential: pieces must be one by one, as in sequential(a, b), got [a Layer, a function 'relu",
    ],
    [
      'a model in a chain',
      ({ model }) => sequential(given(model)),
      "sequential: piece '0' must be a layer or a function of a tensor, got a Model",
    ],
    [
      'flatten without a tree',
      () => flatten()(given(undefined)),
      'flatten: input must be a tensor with a batch axis',
    ],
    [
      'dropout of numbers',
      () => {
        const model = bayesian()(dropout(0.5));
        return model.apply(model.init(key(0)), key(0), given([1]));
      },
      'dropout: input must be a tensor, got [1]',
    ],
    [
      'an output of two tensors for classes',
      ({ x }) => categorical().logProb(given({ mean: x, logStd: x }), x),
      'categorical: output must be a tensor with two or more classes on its last axis, got an object with keys ' +
        '[mean, logStd]',
    ],
    [
      'a path that is a string',
      () => tree.at(given('weight')),
      "tree.at: path must be a list of names, got 'weight'",
    ],
    [
      'no function of tensors',
      () => tree.map(given(undefined)),
      'tree.map: f must be a function of a tensor',
    ],
    [
      'no function to reduce with',
      () => tree.reduce(given(0), 0),
      'tree.reduce: f must be a function of an accumulated value and a tensor, got 0',
    ],
    [
      'fewer values than tensors',
      () => tree.flatten({ a: tf.scalar(1), b: [tf.scalar(2)] }).unflatten([1]),
      'tree.flatten: the length of values must be 2, as many as the tree has tensors, got 1',
    ],
  ])('refuses %s', (_, call, text) => {
    expect(() => call(made())).toThrow(text);
  });

  it('accepts valid arguments', () => {
    const { model, params, loss, batch } = made();
    expect(loss(params, key(0), { ...batch, own: 1 } as never).loss.shape).toEqual([]);
    expect(model.apply(params, key(0), batch.inputs).shape).toEqual([3, 1]);
    const doubled = own((x) => tf.mul(x, 2));
    expect(doubled.apply(doubled.init(key(0)), key(0), tf.ones([2])).dataSync()).toEqual(
      new Float32Array([2, 2]),
    );
  });
});
