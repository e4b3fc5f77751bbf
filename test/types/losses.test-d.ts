import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  accumulate,
  adam,
  adamw,
  batches,
  bayesian,
  categorical,
  compile,
  coverage,
  elbo,
  ema,
  fit,
  foldSamples,
  gaussian,
  type Interval,
  type Likelihood,
  layer,
  learnedNoise,
  likelihood,
  linear,
  localReparametrization,
  logScore,
  type NormalParams,
  type Predictive,
  partition,
  pit,
  posteriorMean,
  predict,
  random,
  type SampleFold,
  type Schedule,
  sampleMoments,
  scale,
  schedule,
  sequential,
  sgd,
  trainStep,
  transformerEncoderLayer,
  type tree,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from 'tfjs-bayesian';
import { describe, expectTypeOf, it } from 'vitest';

const key = random.key(0);
const net = sequential(linear(4, 3), tf.relu, linear(3, 2));
const model = pipe(net, bayesian());
const params = model.init(key);
const x = tf.zeros([1, 4]);
const options = { likelihood: categorical(), datasetSize: 10 } as const;
const loss = pipe(model, withLogProbs, vmapSamples({ samples: 2 }), elbo(options));

describe('a loss', () => {
  it('is inferred through pipe, with its parts and a gradient like the parameters', () => {
    const [parts, gradient] = valueAndGrad(loss)(params, key, { inputs: x, targets: x });
    expectTypeOf(parts).toHaveProperty('dataFitting').toEqualTypeOf<tf.Tensor>();
    expectTypeOf(parts).toHaveProperty('divergence').toEqualTypeOf<tf.Tensor>();
    expectTypeOf(gradient).toEqualTypeOf<typeof params>();
    // @ts-expect-error misspelt
    parts.kl;
  });

  it('accepts every estimator and either divergence', () => {
    const closed = pipe(
      model,
      localReparametrization,
      withDivergence,
      vmapSamples({ samples: 1 }),
      elbo(options),
    );
    expectTypeOf(closed).toEqualTypeOf(loss);
    expectTypeOf(pipe(model, withLogProbs, elbo(options))).toEqualTypeOf(loss);
    expectTypeOf(pipe(model, withDivergence({ divergences: [] }), elbo(options))).toEqualTypeOf(loss);
  });

  it('takes a batch of one tensor or of the tuple of the arguments', () => {
    loss(params, key, { inputs: x, targets: x });
    loss(params, key, { inputs: [x], targets: x });
    // @ts-expect-error a batch has targets
    loss(params, key, { inputs: x });
    // @ts-expect-error not labels
    loss(params, key, { inputs: x, labels: x });
    // @ts-expect-error the network has one input
    loss(params, key, { inputs: [x, x], targets: x });
    // @ts-expect-error no plain arrays
    loss(params, key, { inputs: x, targets: [1, 2] });

    const masked = bayesian()(transformerEncoderLayer(4, 1));
    const ofMasked = elbo(options)(withLogProbs(masked));
    ofMasked(masked.init(key), key, { inputs: x, targets: x });
    ofMasked(masked.init(key), key, { inputs: [x, { srcMask: x }], targets: x });
    // @ts-expect-error no such mask
    ofMasked(masked.init(key), key, { inputs: [x, { mask: x }], targets: x });

    const two = layer(
      { w: [2] },
      ({ w }) =>
        (a: tf.Tensor, b: tf.Tensor) =>
          tf.add(a, tf.mul(b, w)),
    );
    const two_ = bayesian()(two);
    const ofTwo = elbo(options)(withLogProbs(two_));
    ofTwo(two_.init(key), key, { inputs: [x, x], targets: x });
    // @ts-expect-error both inputs
    ofTwo(two_.init(key), key, { inputs: x, targets: x });
  });

  it('requires datasetSize', () => {
    // @ts-expect-error datasetSize is missing
    elbo({ likelihood: categorical() });
    // @ts-expect-error datasetSize is a number
    elbo({ likelihood: categorical(), datasetSize: '60000' });
    // @ts-expect-error there are two data fittings
    elbo({ ...options, dataFitting: 'mean' });
    // @ts-expect-error misspelt
    elbo({ likelihood: categorical(), datasetSize: 10, temprature: 0.1 });
  });

  it('rejects a layer, and a model without log probabilities', () => {
    // @ts-expect-error a layer
    elbo(options)(net);
    // @ts-expect-error a model without terms
    elbo(options)(model);
    // @ts-expect-error a function without terms
    elbo(options)(model.apply);
    // @ts-expect-error samples without terms
    pipe(model, vmapSamples({ samples: 2 }), elbo(options));
  });

  it("has a sample axis where the data fitting is 'predictive'", () => {
    const predictive = elbo({ ...options, dataFitting: 'predictive' });
    expectTypeOf(pipe(model, withLogProbs, vmapSamples({ samples: 2 }), predictive)).toEqualTypeOf(loss);
    // @ts-expect-error no sample axis
    predictive(withLogProbs(model));
    // @ts-expect-error no sample axis
    pipe(model, withDivergence, predictive);
  });

  it("has a likelihood that fits the network's output", () => {
    const noisy = bayesian()(sequential(linear(1, 2), learnedNoise(2)));
    elbo({ likelihood: gaussian(), datasetSize: 10 })(withLogProbs(noisy));
    elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 10 })(withLogProbs(model));
    // @ts-expect-error the network gives its noise beside its mean
    elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 10 })(withLogProbs(noisy));
    // @ts-expect-error the network gives no noise
    elbo({ likelihood: gaussian(), datasetSize: 10 })(withLogProbs(model));
    // @ts-expect-error logits are a tensor
    pipe(noisy, withLogProbs, vmapSamples({ samples: 2 }), elbo(options));
  });
});

describe('schedules', () => {
  it('are taken in place of a number, and any function of the step is one', () => {
    const rate: Schedule = schedule.cosine({ from: 1e-3, steps: 100 });
    expectTypeOf(rate).toEqualTypeOf<(step: number) => number>();
    expectTypeOf(adam({ learningRate: rate })).toEqualTypeOf(adam({ learningRate: 0.1 }));
    expectTypeOf(adam({ learningRate: rate }).init({})[1].step).toEqualTypeOf<number | undefined>();
    sgd({ learningRate: (step) => 1 / (1 + step), momentum: 0.9 });
    elbo({ ...options, temperature: rate })(withLogProbs(model))(params, key, { inputs: x, targets: x }, 3);
    // @ts-expect-error a schedule returns a number
    adam({ learningRate: () => '0.1' });
    // @ts-expect-error a schedule is a function of one number
    scale((step: string) => Number(step));
    // @ts-expect-error steps is missing
    schedule.linear({ from: 1, to: 0 });
  });

  it('give a loss the step that trainStep passes', () => {
    trainStep(elbo({ ...options, temperature: () => 1 })(withLogProbs(model)), adam({ learningRate: 1 }));
    trainStep((p: typeof params) => ({ loss: p[0].bias.mean }), adam({ learningRate: 1 }));
    trainStep(
      (p: typeof params, _key: random.Key, _batch: tf.Tensor, step: number) => ({
        loss: tf.mul(step, p[0].bias.mean),
      }),
      adam({ learningRate: 1 }),
    );
    const ofText = (p: typeof params, _: random.Key, __: tf.Tensor, step: string) => ({
      loss: tf.mul(p[0].bias.mean, step.length),
    });
    // @ts-expect-error the step is a number
    trainStep(ofText, adam({ learningRate: 1 }));
  });
});

describe('optimizers around others', () => {
  it('have the states of those within theirs', () => {
    const inner = adam({ learningRate: 1e-3 });
    const optimizer = ema({ decay: 0.9 })(
      accumulate(2)(partition({ head: inner, body: scale(0) }, ([name]) => (name === '0' ? 'head' : 'body'))),
    );
    const { optimizer: state } = trainStep(loss, optimizer).init(params, key);
    expectTypeOf(state.inner.count).toEqualTypeOf<number>();
    expectTypeOf(state.inner.inner.head[0].step).toEqualTypeOf<number>();
    expectTypeOf(state.inner.inner.head).toEqualTypeOf(inner.init(params));
    posteriorMean(model).apply(state.average as typeof params, key, x);
    // @ts-expect-error no such part
    state.inner.inner.tail;
    // @ts-expect-error no such name
    partition({ head: inner, body: inner }, () => 'tail');
    // @ts-expect-error an optimizer, not a function that makes one
    partition({ head: adam }, () => 'head');
    // @ts-expect-error an optimizer
    ema({ decay: 0.9 })(adam);
    // @ts-expect-error how many
    accumulate()(inner);
  });

  it('decay the weights that are asked for', () => {
    adamw({ learningRate: 1e-3, weightDecay: 0.1, where: (path: tree.Path) => path.includes('weight') });
    // @ts-expect-error where is missing
    adamw({ learningRate: 1e-3, weightDecay: 0.1 });
    // @ts-expect-error true or false
    adamw({ learningRate: 1e-3, weightDecay: 0.1, where: (path) => path.at(-1) });
  });
});

describe('a forgotten bayesian', () => {
  it('is an error wherever a model is required', () => {
    // @ts-expect-error a layer
    withLogProbs(net);
    // @ts-expect-error a layer
    withDivergence(net);
    // @ts-expect-error a layer
    posteriorMean(net);
    // @ts-expect-error a layer
    localReparametrization(net);
    // @ts-expect-error a layer
    vmapSamples({ samples: 2 })(net);
    // @ts-expect-error a layer
    predict(net, { likelihood: categorical() });
    // @ts-expect-error a layer
    pipe(net, withLogProbs, vmapSamples({ samples: 2 }));
    // @ts-expect-error a model is no layer
    bayesian()(model);
  });
});

describe('samples', () => {
  it('have the type of one sample, of a model or of any stochastic function', () => {
    const sampled = vmapSamples({ samples: 3 })(model);
    expectTypeOf(sampled(params, key, x)).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(
      vmapSamples({ samples: 3 })(withLogProbs(model))(params, key, x).logProbs.prior,
    ).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(
      vmapSamples({ samples: 3 })((p: typeof params, _: random.Key) => p[0].bias)(params, key),
    ).toEqualTypeOf<NormalParams>();
    // @ts-expect-error how many samples
    vmapSamples({});
    // @ts-expect-error a number
    vmapSamples({ samples: '3' });
  });
});

/** A likelihood whose targets are a record. */
const censoredNormal = () =>
  likelihood({
    name: 'censoredNormal',
    logProb: (output: tf.Tensor, { y, censored }: { readonly y: tf.Tensor; readonly censored: tf.Tensor }) =>
      tf.sum(tf.mul(censored, tf.sub(output, y)), -1),
    predictive: gaussian({ std: 1 }).predictive,
    sample: (each: random.Key, output: tf.Tensor) => random.normal(each, output.shape),
  });

describe('predict', () => {
  it("takes a likelihood that fits the model's output", () => {
    const noisy = bayesian()(sequential(linear(1, 2), learnedNoise(2)));
    expectTypeOf(
      predict(model, { likelihood: categorical(), samples: 5 })(params, key, x).uncertainty.epistemic,
    ).toEqualTypeOf<tf.Tensor>();
    predict(model, { likelihood: gaussian({ std: 0.1 }) });
    predict(noisy, { likelihood: gaussian() });
    // @ts-expect-error the network gives its noise beside its mean
    predict(noisy, { likelihood: gaussian({ std: 0.1 }) });
    // @ts-expect-error the network gives no noise
    predict(model, { likelihood: gaussian() });
    // @ts-expect-error parameters of another network
    predict(noisy, { likelihood: gaussian() })(params, key, x);
    // @ts-expect-error no such option
    predict(model, { likelihood: categorical(), numSamples: 5 });
    // @ts-expect-error misspelt
    predict(model, { likelihood: categorical(), quantile: [0.5] });
    predict(model, { likelihood: categorical(), data: [true, { mask: false }] });
    // @ts-expect-error a mark for each argument
    predict(model, { likelihood: categorical(), data: true });
  });

  it('has what its options ask for, and nothing else', () => {
    const likelihood = gaussian({ std: 1 });
    const plain = predict(model, { likelihood, samples: 5 })(params, key, x);
    expectTypeOf(plain).toEqualTypeOf<Predictive>();
    // @ts-expect-error not asked for
    plain.quantiles;
    // @ts-expect-error not asked for
    plain.logProb;
    const all = predict(model, { likelihood, logProb: x, cdf: x, quantiles: [0.1], interval: 0.9 })(
      params,
      key,
      x,
    );
    expectTypeOf(all.quantiles).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(all.logProb).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(all.cdf.atMost).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(all.interval).toEqualTypeOf<Interval>();
    expectTypeOf(all.uncertainty.total).toEqualTypeOf<tf.Tensor>();
    logScore(all);
    pit(all);
    coverage(all.interval, x);
    // @ts-expect-error no log probability was asked for
    logScore(plain);
    // @ts-expect-error no distribution function was asked for
    pit(plain);
    const maybe: { readonly quantiles: readonly number[] | undefined } = { quantiles: undefined };
    const perhaps = predict(model, { likelihood, quantiles: maybe.quantiles })(params, key, x);
    expectTypeOf(perhaps.quantiles).toEqualTypeOf<tf.Tensor | undefined>();
    // @ts-expect-error targets are a tensor
    predict(model, { likelihood, logProb: [1, 2] });
    // @ts-expect-error a list of probabilities
    predict(model, { likelihood, quantiles: 0.5 });
    // @ts-expect-error a probability
    predict(model, { likelihood, interval: [0.05, 0.95] });
    const paired = censoredNormal();
    predict(model, { likelihood: paired, logProb: { y: x, censored: x } });
    // @ts-expect-error targets of another kind
    predict(model, { likelihood: paired, logProb: x });
  });

  it('takes a likelihood of your own, whose predictive distribution is a fold or a function', () => {
    const logProb = (output: tf.Tensor, target: tf.Tensor) => tf.sum(tf.sub(output, target), -1);
    const same = (mean: tf.Tensor): Predictive => ({
      mean,
      uncertainty: { total: mean, aleatoric: mean, epistemic: mean },
    });
    // What a function is to return must not keep the type of a fold from being found.
    const folded = (): Likelihood<tf.Tensor> & { readonly predictive: SampleFold<tf.Tensor> } =>
      likelihood({
        name: 'folded',
        logProb,
        predictive: foldSamples({
          ...sampleMoments,
          finish: (known) => same(sampleMoments.mean(known)),
        }),
      });
    expectTypeOf(folded().predictive(x)).toEqualTypeOf<Predictive>();
    predict(model, { likelihood: folded() });
    const sum = foldSamples({
      zero: () => ({ count: 0, sum: tf.scalar(0) as tf.Tensor }),
      add: ({ count, sum }, samples: tf.Tensor) => ({ count: count + 1, sum: tf.add(sum, samples) }),
      finish: ({ count, sum }) => same(tf.div(sum, count)),
    });
    expectTypeOf(sum).toEqualTypeOf<SampleFold<tf.Tensor>>();
    predict(model, { likelihood: likelihood({ name: 'sum', logProb, predictive: sum }) });
    predict(model, {
      likelihood: likelihood({ name: 'all', logProb, predictive: (all: tf.Tensor) => same(all) }),
    });
    // @ts-expect-error a likelihood without a predictive distribution
    predict(model, { likelihood: likelihood({ name: 'none', logProb }) });
  });
});

describe('compile', () => {
  it('gives a loss of the same parameters, batch and parts', () => {
    const compiled = compile(loss);
    expectTypeOf(compiled(params, key, { inputs: x, targets: x })).toEqualTypeOf<ReturnType<typeof loss>>();
    const { state } = trainStep(compiled, sgd({ learningRate: 1 })).update(
      trainStep(compiled, sgd({ learningRate: 1 })).init(params, key),
      { inputs: x, targets: x },
    );
    expectTypeOf(state.params).toEqualTypeOf<typeof params>();
    // @ts-expect-error parameters of another model
    compiled({ other: x }, key, { inputs: x, targets: x });
    const model = bayesian()(linear(3, 2));
    const params0 = model.init(key);
    const predicted = predict(model, { likelihood: gaussian({ std: 1 }), interval: 0.9 });
    const same = compile(predicted);
    expectTypeOf(same(params0, key, x)).toEqualTypeOf<ReturnType<typeof predicted>>();
    // @ts-expect-error inputs of another model
    same(params0, key, { x });
    const drawn = compile((weight: tf.Tensor, key: random.Key, ...xs: readonly number[]) =>
      tf.mul(weight, random.normal(key, [...xs])),
    );
    expectTypeOf(drawn(x, key, 3, 4)).toEqualTypeOf<tf.Tensor>();
    // @ts-expect-error a loss that needs the step
    compile((_params: typeof params, _key: random.Key, _batch: tf.Tensor, step: number) => ({
      loss: tf.scalar(step),
    }));
  });
});

describe('fit', () => {
  it('gives parameters of the type of init, from batches of data', async () => {
    const { params: fitted, history } = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
      init: model.init,
      key,
      epochs: 1,
      batches: batches({ inputs: x, targets: x }, { size: 1 }),
    });
    expectTypeOf(fitted).toEqualTypeOf<typeof params>();
    expectTypeOf(history[0]?.loss).toEqualTypeOf<number | undefined>();
  });
});
