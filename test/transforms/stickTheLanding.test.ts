import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  bayesian,
  elbo,
  flat,
  flipout,
  fromWeights,
  gaussian,
  linear,
  localReparametrization,
  type Model,
  normal,
  type Posterior,
  pipe,
  pointMass,
  posterior,
  posteriorAsPrior,
  posteriorMean,
  quiet,
  random,
  sequential,
  stickTheLanding,
  studentT,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { keyAt } from '../../src/transforms/forward.ts';
import { leaves, map, tidied } from '../../src/tree/index.ts';
import { describeOnBackends, fastest, many } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, sampleVariance, values, valuesOfEach } from '../support/numbers.ts';
import { expectClose } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';
import { splitColumns } from './support/splitColumns.ts';

type Net = Model<unknown, (x: tf.Tensor) => tf.Tensor>;

/** The Laplace distribution as a posterior: what a user would write. */
const laplacePosterior = (): Posterior<{ readonly mean: tf.Tensor; readonly logScale: tf.Tensor }> =>
  posterior<{ readonly mean: tf.Tensor; readonly logScale: tf.Tensor }>({
    name: 'laplace',
    init: (mean) => ({ mean, logScale: tf.fill(mean.shape, Math.log(0.3)) }),
    sample: ({ mean, logScale }, key) => {
      const u = random.uniform(key, mean.shape, { min: -0.999, max: 0.999 });
      return tf.sub(mean, tf.mul(tf.exp(logScale), tf.mul(tf.sign(u), tf.log(tf.sub(1, tf.abs(u))))));
    },
    logProb: ({ mean, logScale }, weight) =>
      tf.sub(tf.neg(tf.div(tf.abs(tf.sub(weight, mean)), tf.exp(logScale))), tf.add(logScale, Math.LN2)),
  });

const families: Readonly<Record<string, Posterior>> = {
  normal: normal({ std: 0.3 }).posterior as Posterior,
  studentT: studentT({ degreesOfFreedom: 5, scale: 0.3 }).posterior as Posterior,
  'a posterior of the user': laplacePosterior() as Posterior,
};

const network = (own: Posterior, prior = normal({ std: 2 }).prior): Net =>
  bayesian({ posterior: own, prior })(
    sequential(linear(2, 3), (x: tf.Tensor) => tf.tanh(x), linear(3, 1)),
  ) as unknown as Net;

/** Rows whose features are orthogonal: with equal noise, the posterior of a linear model has no correlations. */
const orthogonal = () => ({
  inputs: tf.tensor2d([1, 1, 1, -1, -1, 1, -1, -1], [4, 2]) as tf.Tensor,
  targets: tf.tensor2d([0.7, 1.9, -2.2, -0.4], [4, 1]) as tf.Tensor,
});

const noise = 0.5;

/** The model of these rows, and its exact posterior: precision 4 / noise^2 + 1, mean X'y / (noise^2 precision). */
const conjugate = () => {
  const model = bayesian()(linear(2, 1, { bias: false }));
  const precision = 4 / noise ** 2 + 1;
  const products = [0.7 + 1.9 + 2.2 + 0.4, 0.7 - 1.9 - 2.2 + 0.4];
  const params = {
    weight: {
      mean: tf.tensor2d(
        products.map((product) => product / noise ** 2 / precision),
        [2, 1],
      ),
      logStd: tf.fill([2, 1], -0.5 * Math.log(precision)),
    },
  };
  return { model, params };
};

const loss = (model: Net, datasetSize = 4) =>
  pipe(model, withLogProbs, elbo({ likelihood: gaussian({ std: noise }), datasetSize }));

/** The gradient for each of many keys, element by element, a column each. */
const gradients = (model: Net, params: unknown, batch: ReturnType<typeof orthogonal>, keys: number) =>
  tidied(() =>
    leaves(
      vmapSamples({ samples: keys })(
        (p: unknown, key: random.Key) => valueAndGrad(loss(model))(p, key, batch)[1],
      )(params, random.key(5)),
    ).flatMap(splitColumns),
  );

describeOnBackends('stickTheLanding', () => {
  it('has a gradient without variance at the exact posterior, where that of the plain model varies', () => {
    const { model, params } = conjugate();
    const batch = orthogonal();
    const plain = gradients(model as unknown as Net, params, batch, 50);
    const landed = gradients(stickTheLanding(model) as unknown as Net, params, batch, 50);
    expect(plain.length).toBe(4);
    for (const column of plain) expect(Math.sqrt(sampleVariance(column))).toBeGreaterThan(0.5);
    for (const column of landed)
      expectNumbers(
        column,
        column.map(() => 0),
        2e-5,
      );
  });

  it('has no variance there averaged over samples either, in groups or all at once', () => {
    const { model, params } = conjugate();
    const batch = orthogonal();
    for (const options of [{ samples: 5 }, { samples: 4, chunk: 2 }]) {
      const landed = pipe(
        stickTheLanding(model),
        withLogProbs,
        vmapSamples(options),
        elbo({ likelihood: gaussian({ std: noise }), datasetSize: 4 }),
      );
      const [, { weight }] = valueAndGrad(landed)(params, random.key(8), batch);
      expectNumbers(valuesOfEach([weight.mean, weight.logStd]).flat(), [0, 0, 0, 0], 2e-5);
    }
  });

  it.each(Object.keys(families))('differs from the plain gradient by the score alone, for %s', (name) => {
    const model = network(families[name]!);
    const params = model.init(random.key(1));
    const batch = { inputs: drawInputs(2, [6, 2]), targets: drawInputs(3, [6, 1]) };
    const keys = many(2000);
    const [plain, landed] = [model, stickTheLanding(model)].map((of) => gradients(of, params, batch, keys));
    const scores = plain!.map((column, at) => column.map((value, row) => value - landed![at]![row]!));
    // The score of a mean and of a scale, whose expectations are 0.
    for (const column of scores) {
      expect(sampleVariance(column)).toBeGreaterThan(0.1);
      expectMean(column, 0);
    }
  });

  it.each(Object.keys(families))('is the gradient of a log density at fixed parameters, for %s', (name) => {
    const own = families[name]!;
    const model = bayesian({ posterior: own })(linear(2, 1, { bias: false }));
    const params = model.init(random.key(1)) as unknown as { readonly weight: object };
    const [tensors, key] = [leaves(params), random.key(4)];
    const batch = { inputs: drawInputs(2, [6, 2]), targets: drawInputs(3, [6, 1]) };
    const fixed = map(tf.clone)(params);
    const at = (xs: readonly tf.Tensor[]) =>
      Object.fromEntries(Object.keys(params.weight).map((part, i) => [part, xs[i]!]));
    const byHand = (xs: readonly tf.Tensor[]): tf.Tensor => {
      const weight = own.sample(at(xs), keyAt(['weight'])(key));
      const error = tf.squaredDifference(
        tf.matMul(batch.inputs as tf.Tensor2D, weight as tf.Tensor2D),
        batch.targets,
      );
      const misfit = tf.mul(0.5 / noise ** 2, tf.sum(error));
      const logPosterior = tf.sum(own.logProb(fixed.weight, weight));
      return tf.add(misfit, tf.add(logPosterior, tf.mul(0.5, tf.sum(tf.square(weight)))));
    };
    expectGradients(byHand, tensors, { step: 1e-2, tolerance: 4e-3 });
    const landed = loss(stickTheLanding(model) as unknown as Net, 6);
    const [, gradient] = valueAndGrad(landed)(params as unknown, key, batch);
    expectClose(leaves(gradient), tf.grads((...xs) => byHand(xs))([...tensors]), 1e-4);
  });

  it('has the values of the plain model', () => {
    const model = network(families.normal!);
    const params = model.init(random.key(1));
    const [x, key] = [drawInputs(2, [6, 2]), random.key(3)];
    expectClose(withLogProbs(stickTheLanding(model))(params, key, x), withLogProbs(model)(params, key, x));
    expectClose(stickTheLanding(model).apply(params, key, x), model.apply(params, key, x));
  });

  it('keeps the gradient of a prior in the parameters', () => {
    const model = bayesian({ prior: quiet() })(linear(2, 1, { bias: false }));
    const params = model.init(random.key(1));
    const prior = (of: typeof model) =>
      valueAndGrad((p: typeof params) => ({
        loss: withLogProbs(of)(p, random.key(2), tf.ones([1, 2])).logProbs.prior,
      }))(params)[1];
    expectClose(prior(stickTheLanding(model)), prior(model), 1e-4);
  });

  it('works beside ordinary weights', () => {
    const model = bayesian({ posterior: pointMass(), prior: flat() })(linear(2, 1));
    const params = model.init(random.key(0));
    const { logProbs } = withLogProbs(stickTheLanding(model))(params, random.key(1), tf.ones([1, 2]));
    expect([...values(logProbs.prior), ...values(logProbs.posterior)]).toEqual([0, 0]);
  });

  it('is kept by other estimators and by restarts of the model', () => {
    const { model, params } = conjugate();
    const landed = stickTheLanding(model);
    const flipped = [flipout(landed), stickTheLanding(flipout(model))];
    const [x, key] = [drawInputs(2, [3, 2]), random.key(3)];
    const score = (of: typeof model) =>
      valueAndGrad((p: typeof params) => ({ loss: withLogProbs(of)(p, key, x).logProbs.posterior }))(
        params,
      )[1];
    for (const each of flipped) {
      expect(each.estimator).toMatchObject({ name: 'flipout', stopsScore: true });
      expectClose(score(each), score(landed), 1e-4);
    }
    const weights = map(tf.clone)({ weight: params.weight.mean });
    for (const again of [posteriorAsPrior(landed, params), fromWeights(landed)(weights, { std: 0.1 })])
      expectClose(score(again), score(landed), 1e-4);
  });

  it('refuses what has no score', () => {
    const { model } = conjugate();
    for (const of of [posteriorMean(model), localReparametrization(model)])
      expect(() => stickTheLanding(of)).toThrow(
        'stickTheLanding: estimator of the model must be one that samples all weights, such as the default or flipout, ' +
          `got '${of.estimator.name}'`,
      );
    for (const of of [stickTheLanding(model), localReparametrization(stickTheLanding(model))])
      expect(() => withDivergence(of)).toThrow('withDivergence: the model is one of stickTheLanding');
    expect(() => stickTheLanding(linear(2, 1) as never)).toThrow('stickTheLanding: model must be');
  });

  it('leaves no tensors behind', () => {
    const { model, params } = conjugate();
    const batch = orthogonal();
    const landed = loss(stickTheLanding(model) as unknown as Net);
    expectNoLeak(() => valueAndGrad(landed)(params as unknown, random.key(1), batch));
    expectNoLeak(() =>
      vmapSamples({ samples: 3 })(withLogProbs(stickTheLanding(model)))(params, random.key(1), batch.inputs),
    );
  });
});

if (fastest === 'wasm')
  describeOnBackends('the fused sampler', () => {
    it('is for models whose score counts', async () => {
      const { model, params } = conjugate();
      const scored = async (of: typeof model) => {
        const run = () => withLogProbs(of)(params, random.key(1), tf.ones([1, 2])).logProbs.posterior;
        const { kernels, result } = await tf.profile(run);
        tf.dispose(result as tf.Tensor);
        return kernels.length;
      };
      expect(await scored(stickTheLanding(model))).toBeGreaterThan(await scored(model));
    });
  });
