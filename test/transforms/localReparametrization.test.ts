import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  affine,
  bayesian,
  elbo,
  flipout,
  gaussian,
  type Layer,
  layer,
  linear,
  localReparametrization,
  type Model,
  normal,
  type Posterior,
  pointMass,
  posterior,
  random,
  sequential,
  studentT,
  valueAndGrad,
  variable,
  vmapSamples,
  withDivergence,
} from '../../src/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, sampleVariance, values } from '../support/numbers.ts';
import { expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';
import { splitColumns } from './support/splitColumns.ts';

type Net = Model<unknown, (x: tf.Tensor) => tf.Tensor>;

/** A posterior about which nothing is known but how to draw. */
const opaque = posterior({
  name: 'opaque',
  init: (mean: tf.Tensor) => ({ mean }),
  sample: ({ mean }, key) => tf.add(mean, random.normal(key, mean.shape)),
  logProb: (_, weight) => tf.zerosLike(weight),
});

describeOnBackends('localReparametrization', () => {
  it.each([true, false])('has the exact mean and variance of the output (bias %s)', (bias) => {
    const model = bayesian({ posterior: normal({ std: 0.8 }) })(linear(3, 2, { bias }));
    const params = model.init(random.key(0));
    const x = drawInputs(1, [4, 3]) as tf.Tensor2D;
    const product = (w: tf.Tensor, b: tf.Tensor | undefined, input: tf.Tensor2D) => {
      const y = tf.matMul(input, w as tf.Tensor2D);
      return values(b === undefined ? y : tf.add(y, b));
    };
    const { weight, bias: own } = params as typeof params & { readonly bias?: typeof params.weight };
    const variance = (logStd: tf.Tensor) => tf.exp(tf.mul(2, logStd));
    const means = product(weight.mean, own?.mean, x);
    const variances = product(
      variance(weight.logStd),
      own && variance(own.logStd),
      tf.square(x) as tf.Tensor2D,
    );
    const n = many(4000);
    const draws = vmapSamples({ samples: n })(localReparametrization(model))(params, random.key(2), x);
    splitColumns(draws).forEach((column, at) => {
      const exact = variances[at]!;
      expect(Math.abs(average(column) - means[at]!)).toBeLessThan(4 * Math.sqrt(exact / n));
      expect(Math.abs(sampleVariance(column) - exact)).toBeLessThan(4 * exact * Math.sqrt(2 / n));
    });
  });

  it('gives each row its own noise, unlike a shared draw of the weights', () => {
    const model = bayesian()(linear(3, 1));
    const params = model.init(random.key(0));
    const x = tf.ones([2, 3]);
    const n = many(2000);
    const correlation = (of: typeof model) => {
      const [a, b] = splitColumns(vmapSamples({ samples: n })(of)(params, random.key(2), x)) as [
        readonly number[],
        readonly number[],
      ];
      const [ma, mb] = [average(a), average(b)];
      return (
        average(a.map((each, at) => (each - ma) * (b[at]! - mb))) /
        Math.sqrt(sampleVariance(a) * sampleVariance(b))
      );
    };
    expect(Math.abs(correlation(localReparametrization(model)))).toBeLessThan(4 / Math.sqrt(n));
    expect(correlation(model)).toBeCloseTo(1, 2);
  });

  it('has the expected gradient of weight sampling, with less variance', () => {
    const net = sequential(linear(2, 4), (x: tf.Tensor) => tf.tanh(x), linear(4, 1));
    const model = bayesian({ posterior: normal({ std: 0.5 }) })(net);
    const params = model.init(random.key(0));
    const inputs = drawInputs(1, [16, 2]);
    const targets = tf.sum(inputs, 1, true);
    const n = many(1500);
    const gradients = (of: Model<typeof params, (x: tf.Tensor) => tf.Tensor>) => {
      const loss = elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 16 })(withDivergence(of));
      const each = vmapSamples({ samples: n })(
        (p: typeof params, key: random.Key) => valueAndGrad(loss)(p, key, { inputs, targets })[1],
      )(params, random.key(3));
      return leaves(each).flatMap(splitColumns);
    };
    const [drawn, local] = [gradients(model), gradients(localReparametrization(model))];
    expect(local.length).toBe(34);
    local.forEach((column, at) => {
      const error = Math.sqrt((sampleVariance(column) + sampleVariance(drawn[at]!)) / n);
      expect(Math.abs(average(column) - average(drawn[at]!))).toBeLessThan(4 * error + 1e-5);
    });
    const total = (columns: typeof local) => columns.map(sampleVariance).reduce((a, b) => a + b, 0);
    expect(total(local)).toBeLessThan(0.5 * total(drawn));
  });

  it('adds no noise if the variance is 0, and its gradient is 0 and not NaN', () => {
    const x = tf.tensor2d([
      [0, 0, 0],
      [1, 2, 3],
    ]);
    const model = bayesian()(linear(3, 2, { bias: false }));
    const params = model.init(random.key(0));
    const local = localReparametrization(model);
    const output = local.apply(params, random.key(1), x);
    expect(values(output).slice(0, 2)).toEqual([0, 0]);
    const zeroRow = tf.zeros([1, 3]);
    const [, gradient] = valueAndGrad((p: typeof params, key: random.Key, input: tf.Tensor) => ({
      loss: tf.sum(local.apply(p, key, input)),
    }))(params, random.key(1), zeroRow);
    expect(leaves(gradient).flatMap(values)).toEqual(Array(12).fill(0));
    const ordinary = bayesian({ posterior: pointMass() })(linear(3, 2));
    const weights = ordinary.init(random.key(0));
    expectSame(
      localReparametrization(ordinary).apply(weights, random.key(1), x),
      ordinary.apply(weights, random.key(1), x),
    );
    const dx = tf.grad((y: tf.Tensor) =>
      tf.sum(localReparametrization(ordinary).apply(weights, random.key(1), y)),
    )(x);
    expectNumbers(values(tf.slice(dx, 0, 1)), values(tf.sum(weights.weight.value, 1)));
  });

  it('draws the weights of layers that are not affine, with or without moments', () => {
    const own = layer(
      { w: [3, 2] },
      ({ w }) =>
        (x: tf.Tensor) =>
          tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D),
    );
    const x = drawInputs(1, [4, 3]);
    for (const model of [bayesian()(own), bayesian({ posterior: opaque })(own)] as readonly Net[]) {
      const params = model.init(random.key(0));
      expectSame(
        localReparametrization(model).apply(params, random.key(1), x),
        model.apply(params, random.key(1), x),
      );
    }
  });

  it('refuses an affine layer with a posterior that has no moments, by name, as flipout does', () => {
    const heavy = studentT({ degreesOfFreedom: 2 }).posterior;
    const withBias = affine(
      { weight: [3, 2], bias: variable([2], { posterior: heavy }) },
      ({ weight, bias }) =>
        (x: tf.Tensor) =>
          tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias),
      { featureRank: 1 },
    );
    const cases: readonly (readonly [
      Layer<unknown, (x: tf.Tensor) => tf.Tensor>,
      Posterior,
      string,
      string,
    ])[] = [
      [linear(3, 2), opaque, 'weight', 'opaque'],
      [linear(3, 2, { bias: false }), heavy, 'weight', 'studentT'],
      [sequential(linear(3, 3, { posterior: normal() }), linear(3, 2)), opaque, '1.weight', 'opaque'],
      [withBias, normal().posterior, 'bias', 'studentT'],
    ];
    for (const [net, posterior, name, family] of cases) {
      const model = bayesian({ posterior })(net) as unknown as Net;
      const params = model.init(random.key(0));
      const x = drawInputs(1, [4, 3]);
      model.apply(params, random.key(1), x);
      expect(() => localReparametrization(model).apply(params, random.key(1), x)).toThrow(
        `localReparametrization: posterior of '${name}' must be one with moments, got '${family}'`,
      );
      expect(() => flipout(model).apply(params, random.key(1), x)).toThrow(
        `flipout: posterior of '${name}' must be one with moments`,
      );
    }
  });

  it('gives each layer its own noise', () => {
    const model = bayesian()(
      layer(
        { a: linear(2, 2, { bias: false }), b: linear(2, 2, { bias: false }) },
        ({ a, b }) =>
          (x: tf.Tensor) =>
            tf.stack([a(x), b(x)]),
      ),
    );
    const start = model.init(random.key(0));
    const params = { a: start.a, b: start.a };
    const [a, b] = tf.unstack(localReparametrization(model).apply(params, random.key(1), tf.ones([1, 2])));
    expect(values(a!)).not.toEqual(values(b!));
  });

  it('refuses a layer that is called twice in one pass, and runs again in the next', () => {
    const shared = layer(
      { inner: { ...linear(2, 2) } },
      ({ inner }) =>
        (x: tf.Tensor) =>
          inner(inner(x)),
    );
    const model = bayesian()(shared);
    const params = model.init(random.key(0));
    const x = tf.ones([1, 2]);
    expectNoLeak(() => {
      expect(() => localReparametrization(model).apply(params, random.key(1), x)).toThrow(
        "localReparametrization: layer 'inner' is called twice in one forward pass",
      );
    });
    expect(model.apply(params, random.key(1), x).shape).toEqual([1, 2]);
    const once = localReparametrization(bayesian()(linear(2, 2)));
    const own = once.init(random.key(0));
    expectSame(once.apply(own, random.key(1), x), once.apply(own, random.key(1), x));
  });

  it('rejects a layer, and an input that is not a row', () => {
    expect(() => localReparametrization(linear(2, 1) as never)).toThrow(
      /localReparametrization: model must be what bayesian\(\) returns, got a Layer/,
    );
    const model = localReparametrization(bayesian()(sequential({ last: linear(2, 1) })));
    const params = model.init(random.key(0));
    expect(() => model.apply(params, random.key(1), tf.scalar(1))).toThrow(
      /input of layer 'last' must be a tensor of at least 1 axes/,
    );
  });
});
