import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  batchNorm,
  bayesian,
  deterministic,
  dropout,
  flat,
  flatten,
  fromWeights,
  gru,
  layer,
  layerNorm,
  learnedNoise,
  linear,
  type NoisyOutput,
  type NormalParams,
  normal,
  override,
  type PointMassParams,
  pointMass,
  posterior,
  posteriorAsPrior,
  predictedNoise,
  prune,
  random,
  randomKey,
  residual,
  type StudentTParams,
  sequential,
  statistic,
  studentT,
  transformerEncoder,
  transformerEncoderLayer,
  variable,
} from 'tfjs-bayesian';
import { describe, expectTypeOf, it } from 'vitest';

const key = random.key(0);
const mine = posterior({
  name: 'mine',
  init: (mean: tf.Tensor) => ({ mean, logRadius: mean }),
  sample: ({ mean }) => mean,
  logProb: ({ logRadius }) => logRadius,
});
const withoutBias = () => bayesian()(linear(2, 1, { bias: false, weight: { prior: flat() } }));
interface Mine {
  mean: tf.Tensor;
  logRadius: tf.Tensor;
}

describe('the parameter tree', () => {
  it('is inferred through a positional chain and pipe, by position', () => {
    const model = pipe(sequential(flatten(), linear(4, 3), tf.relu, linear(3, 1)), bayesian());
    const params = model.init(key);
    expectTypeOf(params['1'].weight.logStd).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(params[3].bias).toEqualTypeOf<NormalParams>();
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'1' | '3'>();
    // @ts-expect-error a function has no weights
    params['0'];
    // @ts-expect-error there are four pieces
    params['4'];
    // @ts-expect-error misspelt
    params['1'].wieght;
    // @ts-expect-error misspelt
    params['1'].weight.logstd;
  });

  it('has the parameters of a Student-t posterior', () => {
    const params = bayesian({ posterior: studentT() })(linear(2, 1)).init(key);
    expectTypeOf(params.weight).toEqualTypeOf<StudentTParams>();
    // @ts-expect-error a scale, not a standard deviation
    params.weight.logStd;
  });

  it('ends in the output of predictedNoise', () => {
    const model = bayesian()(sequential(linear(1, 2), predictedNoise));
    expectTypeOf(model.apply(model.init(key), key, tf.zeros([1, 1]))).toEqualTypeOf<NoisyOutput>();
  });

  it('is inferred through a named chain, by name', () => {
    const model = pipe(sequential({ hidden: linear(4, 3), act: tf.relu, out: linear(3, 1) }), bayesian());
    const params = model.init(key);
    expectTypeOf(params.hidden.weight.mean).toEqualTypeOf<tf.Tensor>();
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'hidden' | 'out'>();
    // @ts-expect-error misspelt
    params.hiden;
    // @ts-expect-error an activation has no weights
    params.act;
  });

  it('is inferred through layers in layers', () => {
    const block = layer(
      { first: linear(2, 2), gate: [2] },
      ({ first, gate }) =>
        (x: tf.Tensor) =>
          tf.mul(first(x), gate),
    );
    const params = bayesian()(sequential(residual(block), sequential({ last: block }))).init(key);
    expectTypeOf(params['0'].inner.first.weight.mean).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(params['0'].inner.gate).toEqualTypeOf<NormalParams>();
    expectTypeOf(params['1'].last.gate.logStd).toEqualTypeOf<tf.Tensor>();
    // @ts-expect-error a residual's weights stand under inner
    params['0'].first;
  });

  it('has an index for a list of layers made by a loop', () => {
    const layers = Array.from({ length: 3 }, () => linear(2, 2));
    const params = bayesian()(sequential(...layers)).init(key);
    expectTypeOf(params[1]?.weight.mean).toEqualTypeOf<tf.Tensor | undefined>();
  });

  it('is readonly', () => {
    const params = bayesian()(linear(2, 1)).init(key);
    // @ts-expect-error parameters are never changed in place
    params.weight = params.bias;
    // @ts-expect-error nor their tensors replaced
    params.weight.mean = params.bias.mean;
  });

  it('has a tensor for a statistic, whatever the posteriors around it', () => {
    const net = sequential(batchNorm(2), linear(2, 1));
    const params = bayesian()(net).init(key);
    expectTypeOf(params[0].weight.value).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(params[0].runningMean).toEqualTypeOf<tf.Tensor>();
    const plain = bayesian()(batchNorm(2, { affine: false })).init(key);
    expectTypeOf<keyof typeof plain>().toEqualTypeOf<'runningMean' | 'runningVar'>();
    const own = layer({ seen: statistic([2]), w: [2] }, ({ seen, w }) => {
      expectTypeOf(seen.value).toEqualTypeOf<tf.Tensor>();
      return (x: tf.Tensor) => tf.mul(x, w);
    });
    const others = [
      bayesian({ posterior: studentT() })(own),
      bayesian()(deterministic(own)),
      bayesian()(override(own, { posterior: studentT() })),
    ] as const;
    for (const model of others) expectTypeOf(model.init(key).seen).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(others[1].init(key).w).toEqualTypeOf<PointMassParams>();
    expectTypeOf(others[2].init(key).w).toEqualTypeOf<StudentTParams>();
  });

  it('has no key for layers without weights', () => {
    const spec = { noise: randomKey, drop: dropout(0.1), w: [2] } as const;
    const params = bayesian()(layer(spec, () => (x: tf.Tensor) => x)).init(key);
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'w'>();
    const chain = bayesian()(
      sequential(dropout(0.1), residual(dropout(0.2)), sequential(tf.relu, dropout(0.1)), linear(2, 1)),
    );
    expectTypeOf<keyof ReturnType<typeof chain.init>>().toEqualTypeOf<'3'>();
    const none = bayesian()(sequential({ act: tf.relu, drop: dropout(0.1) }));
    expectTypeOf<keyof ReturnType<typeof none.init>>().toEqualTypeOf<never>();
  });

  it('lacks the bias of a layer without one', () => {
    const params = bayesian()(linear(2, 1, { bias: false })).init(key);
    expectTypeOf<keyof typeof params>().toEqualTypeOf<'weight'>();
    const both = bayesian()(linear(2, 1, { bias: true })).init(key);
    expectTypeOf<keyof typeof both>().toEqualTypeOf<'weight' | 'bias'>();
  });
});

describe('the posterior of a weight', () => {
  it('defaults to that of bayesian', () => {
    expectTypeOf(
      bayesian({ posterior: pointMass() })(linear(2, 1)).init(key).weight,
    ).toEqualTypeOf<PointMassParams>();
    expectTypeOf(bayesian({ posterior: mine })(linear(2, 1)).init(key).weight).toEqualTypeOf<Mine>();
    expectTypeOf(
      bayesian({ posterior: normal({ std: 0.1 }) })(linear(2, 1)).init(key).weight,
    ).toEqualTypeOf<NormalParams>();
    expectTypeOf(bayesian({ prior: flat() })(linear(2, 1)).init(key).weight).toEqualTypeOf<NormalParams>();
  });

  it("is its layer's if set, beside layers without one", () => {
    const params = bayesian({ posterior: pointMass() })(
      sequential(
        linear(2, 2, { posterior: mine }),
        linear(2, 2),
        linear(2, 1, { posterior: normal(), bias: false }),
      ),
    ).init(key);
    expectTypeOf(params['0'].bias).toEqualTypeOf<Mine>();
    expectTypeOf(params['1'].bias).toEqualTypeOf<PointMassParams>();
    expectTypeOf(params['2'].weight).toEqualTypeOf<NormalParams>();
  });

  it("is the variable's own if set", () => {
    const net = layer(
      {
        own: variable([2], { posterior: mine }),
        open: [2],
        tuned: variable([2], { prior: normal({ std: 2 }) }),
      },
      () => (x: tf.Tensor) => x,
      { posterior: pointMass() },
    );
    const params = bayesian()(net).init(key);
    expectTypeOf(params.own).toEqualTypeOf<Mine>();
    expectTypeOf(params.open).toEqualTypeOf<PointMassParams>();
    expectTypeOf(params.tuned).toEqualTypeOf<PointMassParams>();
  });

  it('and the output of a named chain are those of its last layer', () => {
    const noisy = bayesian()(sequential({ mean: linear(2, 1), noise: learnedNoise(1) }));
    expectTypeOf(noisy.init(key).noise.logStd).toEqualTypeOf<PointMassParams>();
    expectTypeOf(noisy.apply(noisy.init(key), key, tf.zeros([1, 2]))).toEqualTypeOf<NoisyOutput>();
    const plain = bayesian()(sequential({ hidden: linear(2, 2), act: tf.relu, out: linear(2, 1) }));
    expectTypeOf(plain.apply(plain.init(key), key, tf.zeros([1, 2]))).toEqualTypeOf<tf.Tensor>();
  });

  it('is a value if the weight is ordinary', () => {
    const net = sequential(deterministic(linear(2, 2)), linear(2, 1), learnedNoise(1));
    const params = bayesian()(net).init(key);
    expectTypeOf(params['0'].weight.value).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(params['1'].weight).toEqualTypeOf<NormalParams>();
    expectTypeOf(params['2'].logStd).toEqualTypeOf<PointMassParams>();
    // @ts-expect-error an ordinary weight has no spread
    params['0'].weight.logStd;
    const scale = bayesian()(layer({ scale: deterministic([2]) }, () => (x: tf.Tensor) => x)).init(key);
    expectTypeOf(scale.scale).toEqualTypeOf<PointMassParams>();
    const whole = bayesian({ posterior: mine })(
      deterministic(sequential({ a: linear(2, 2, { posterior: mine }) })),
    ).init(key);
    expectTypeOf(whole.a.weight).toEqualTypeOf<PointMassParams>();
  });
});

describe('the body of a layer', () => {
  it('receives tensors, functions and a key or null', () => {
    layer(
      { w: [2], own: variable([2]), inner: linear(2, 1), noise: randomKey, heads: learnedNoise(1) },
      ({ w, own, inner, noise, heads }) => {
        expectTypeOf(w).toEqualTypeOf<tf.Tensor>();
        expectTypeOf(own).toEqualTypeOf<tf.Tensor>();
        expectTypeOf(inner).toEqualTypeOf<(x: tf.Tensor) => tf.Tensor>();
        expectTypeOf(noise).toEqualTypeOf<random.Key | null>();
        expectTypeOf(heads).returns.toHaveProperty('logStd');
        return (x: tf.Tensor) => x;
      },
    );
    layer(
      { weight: [2] },
      // @ts-expect-error there is no part of that name
      ({ wieght }) =>
        (x: tf.Tensor) =>
          tf.mul(x, wieght),
    );
    // @ts-expect-error a shape is an array of numbers
    layer({ weight: '2' }, () => (x: tf.Tensor) => x);
    // @ts-expect-error a residual needs a layer of one tensor to one tensor
    residual(learnedNoise(1));
    // @ts-expect-error no piece of a chain
    sequential(linear(2, 2), 'relu');
  });

  it('gives the model its inputs and its output', () => {
    const net = layer(
      { w: [2] },
      ({ w }) =>
        (a: tf.Tensor, b: tf.Tensor, options: { readonly causal: boolean }) => ({
          y: tf.add(a, tf.mul(b, w)),
          causal: options.causal,
        }),
    );
    const model = bayesian()(net);
    expectTypeOf(model.apply).returns.toEqualTypeOf<{ y: tf.Tensor; causal: boolean }>();
    expectTypeOf(model.apply).parameter(4).toEqualTypeOf<{ readonly causal: boolean }>();
    // @ts-expect-error two tensors and an options record
    model.apply(model.init(key), key, tf.scalar(1));
    const chain = bayesian()(sequential(linear(1, 2), (x: tf.Tensor) => ({ head: x })));
    expectTypeOf(chain.apply).returns.toEqualTypeOf<{ head: tf.Tensor }>();
  });

  it('has the parameters of a posterior that is set by name', () => {
    const params = bayesian()(
      linear(2, 1, { posterior: studentT(), bias: { posterior: pointMass(), prior: flat() } }),
    ).init(key);
    expectTypeOf(params.weight).toEqualTypeOf<StudentTParams>();
    expectTypeOf(params.bias).toEqualTypeOf<PointMassParams>();
    const norm = bayesian()(layerNorm(4, { weight: { posterior: normal() } })).init(key);
    expectTypeOf(norm.weight).toEqualTypeOf<NormalParams>();
    expectTypeOf(norm.bias).toEqualTypeOf<PointMassParams>();
    const memory = bayesian()(gru(2, 3, { numLayers: 2, biasHhL1: { posterior: pointMass() } })).init(key);
    expectTypeOf(memory.weightIhL0).toEqualTypeOf<NormalParams | undefined>();
    expectTypeOf(memory.biasHhL1).toEqualTypeOf<PointMassParams>();
    expectTypeOf<keyof ReturnType<ReturnType<typeof withoutBias>['init']>>().toEqualTypeOf<'weight'>();
    // @ts-expect-error misspelt
    linear(2, 1, { bias: { prio: flat() } });
  });

  it('has the parameters of a posterior that override sets', () => {
    const net = sequential(linear(4, 3, { posterior: studentT() }), tf.relu, linear(3, 1));
    const params = bayesian()(
      override(net, { '0': { bias: { posterior: pointMass() } }, '2': { posterior: mine } }),
    ).init(key);
    expectTypeOf(params[0].weight).toEqualTypeOf<StudentTParams>();
    expectTypeOf(params[0].bias).toEqualTypeOf<PointMassParams>();
    expectTypeOf(params[2].weight).toEqualTypeOf<Mine>();
    expectTypeOf(params[2].bias).toEqualTypeOf<Mine>();
    const all = bayesian()(
      override(net, { posterior: pointMass(), '0': { weight: { posterior: normal() } } }),
    ).init(key);
    expectTypeOf(all[0].weight).toEqualTypeOf<NormalParams>();
    expectTypeOf(all[0].bias).toEqualTypeOf<PointMassParams>();
    expectTypeOf(all[2].weight).toEqualTypeOf<PointMassParams>();
    // @ts-expect-error there is no such layer
    override(net, { '1': { bias: { posterior: pointMass() } } });
    // @ts-expect-error there is no such variable
    override(net, { '0': { bais: { posterior: pointMass() } } });
  });
});

describe('a pruned network', () => {
  const net = sequential(linear(4, 3), layerNorm(3));
  const model = bayesian()(net);
  const params = model.init(key);

  it('has the model and the parameters of the given one', () => {
    const done = prune(model, params, { signalToNoise: 1 });
    type Done = Awaited<typeof done>;
    expectTypeOf<Done['model']>().toEqualTypeOf<typeof model>();
    expectTypeOf<Done['params']>().toEqualTypeOf<typeof params>();
    prune(model, params, {
      signalToNoise: 1,
      score: (each, own) => own[0].weight.mean.rank + (each === model ? 1 : 0),
    });
    prune(model, params, { signalToNoise: 1, score: async () => tf.scalar(1) });
  });

  it('is refused without a ratio, for other parameters, and for a layer', () => {
    // @ts-expect-error no ratio
    prune(model, params, {});
    // @ts-expect-error misspelt
    prune(model, params, { signalToNoise: 1, scores: () => 1 });
    // @ts-expect-error parameters of a layer
    prune(model, params[0], { signalToNoise: 1 });
    // @ts-expect-error a layer
    prune(net, params, { signalToNoise: 1 });
  });
});

describe('weights of a trained network', () => {
  const net = sequential(linear(4, 3), layerNorm(3), linear(3, 1, { bias: false }));
  const model = bayesian()(net);
  const plain = bayesian()(deterministic(net)).init(key);
  const tensor = tf.zeros([3]);
  const [weight, bias] = [tensor, tensor];

  it('have the structure of the parameters, and the model has the same ones', () => {
    const started = fromWeights(model)(plain, { std: 1 });
    expectTypeOf(started).toEqualTypeOf<typeof model>();
    expectTypeOf(posteriorAsPrior(model, started.init(key))).toEqualTypeOf<typeof model>();
    fromWeights(model)(
      { 0: { weight, bias }, 1: { weight, bias: { value: bias } }, 2: { weight } },
      { std: 1 },
    );
    fromWeights(bayesian({ posterior: mine })(linear(2, 1)))(
      { weight, bias },
      { relativeStd: 1, priorStd: 1 },
    );
    const stack = transformerEncoder(transformerEncoderLayer(4, 2), 2);
    fromWeights(bayesian()(stack))(bayesian()(deterministic(stack)).init(key), { std: 1 });
    const memory = gru(2, 3, { numLayers: 2 });
    fromWeights(bayesian()(memory))(bayesian()(deterministic(memory)).init(key), { std: 1 });
  });

  it('are refused in another structure, and without exactly one spread', () => {
    const layers = { 0: { weight, bias }, 1: { weight, bias } };
    // @ts-expect-error the last layer is missing
    fromWeights(model)(layers, { std: 1 });
    // @ts-expect-error its last layer has no weight
    fromWeights(model)({ ...layers, 2: {} }, { std: 1 });
    // @ts-expect-error parameters of a posterior
    fromWeights(model)(model.init(key), { std: 1 });
    // @ts-expect-error no spread
    fromWeights(model)(plain, { priorStd: 1 });
    // @ts-expect-error two spreads
    fromWeights(model)(plain, { std: 1, relativeStd: 1 });
    // @ts-expect-error parameters of another model
    posteriorAsPrior(model, plain);
    // @ts-expect-error a layer
    fromWeights(net);
  });
});
