import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import {
  affine,
  bayesian,
  elbo,
  flipout,
  gaussian,
  layer,
  linear,
  type Model,
  normal,
  pointMass,
  posterior,
  posteriorMean,
  random,
  sequential,
  studentT,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, sampleVariance, values } from '../support/numbers.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';
import { splitColumns } from './support/splitColumns.ts';

type Net = Model<unknown, (x: tf.Tensor) => tf.Tensor>;

/** A convolution of images with filters `[3, 3, in, out]`. */
const convolution = (inChannels: number, outChannels: number) =>
  affine(
    { filter: [3, 3, inChannels, outChannels] },
    ({ filter }) =>
      (x: tf.Tensor): tf.Tensor =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
    { featureRank: 3 },
  );

describeOnBackends('flipout', () => {
  it.each([true, false])('has the exact mean and variance of the output (bias %s)', (bias) => {
    const model = bayesian({ posterior: normal({ std: 0.8 }) })(linear(3, 2, { bias })) as unknown as Net;
    const params = model.init(random.key(0));
    const x = drawInputs(1, [4, 3]);
    const n = many(4000);
    const countDraws = (of: Net, seed: number) =>
      splitColumns(vmapSamples({ samples: n })(of)(params, random.key(seed), x));
    const means = values(posteriorMean(model).apply(params, random.key(0), x));
    const drawn = countDraws(model, 2);
    countDraws(flipout(model), 3).forEach((column, at) => {
      const [variance, wanted] = [sampleVariance(column), sampleVariance(drawn[at]!)];
      expect(Math.abs(average(column) - means[at]!)).toBeLessThan(4 * Math.sqrt(variance / n));
      expect(Math.abs(variance - wanted)).toBeLessThan(4 * wanted * Math.sqrt(4 / n));
    });
  });

  it('flips signs of the same draw that weight sampling takes, separately for each example and feature', () => {
    const model = bayesian()(linear(3, 40, { bias: false })) as unknown as Net;
    const params = model.init(random.key(0));
    const key = random.key(1);
    // The same input row by row: each shows the signs of one row of weights.
    const x = tf.tile(tf.tensor2d([[0, 2, 0]]), [5, 1]);
    const deviation = (of: Net) =>
      tf.sub(of.apply(params, key, x), posteriorMean(model).apply(params, key, x));
    const [drawn, own] = [deviation(model), deviation(flipout(model))];
    expectClose(tf.abs(own), tf.abs(drawn));
    const signs = tf.sign(tf.mul(own, drawn)).arraySync() as number[][];
    expect(new Set(signs.map(String)).size).toBe(5);
    for (const row of signs) expect(new Set(row)).toEqual(new Set([1, -1]));
  });

  it('flips every weight of an example by the product of an input and an output sign', () => {
    const model = bayesian()(linear(12, 8, { bias: false })) as unknown as Net;
    const params = model.init(random.key(0));
    // One sequence whose positions show the weights of one input feature each.
    const x = tf.reshape(tf.eye(12), [1, 12, 12]);
    const deviation = (of: Net) =>
      tf.sub(of.apply(params, random.key(1), x), posteriorMean(model).apply(params, random.key(1), x));
    const signs = tf.sign(tf.mul(deviation(flipout(model)), deviation(model)));
    const rows = tf.squeeze(signs, [0]).arraySync() as number[][];
    const [first = []] = rows;
    const ofInputs = rows.map((row) => (row[0] ?? 0) * (first[0] ?? 0));
    expect(rows).toEqual(ofInputs.map((sign) => first.map((each) => sign * each)));
    for (const each of [first, ofInputs]) expect(new Set(each)).toEqual(new Set([1, -1]));
  });

  it('makes rows uncorrelated, unlike a shared draw of the weights', () => {
    const model = bayesian()(linear(3, 1));
    const params = model.init(random.key(0));
    const n = many(2000);
    const draws = vmapSamples({ samples: n })(flipout(model))(params, random.key(2), tf.ones([2, 3]));
    const [a, b] = splitColumns(draws) as [readonly number[], readonly number[]];
    const [ma, mb] = [average(a), average(b)];
    const products = a.map((each, at) => (each - ma) * (b[at]! - mb));
    expect(Math.abs(average(products))).toBeLessThan(4 * Math.sqrt(sampleVariance(products) / n));
  });

  it.each(['withDivergence', 'withLogProbs'] as const)(
    'has the expected gradient of weight sampling, with less variance, under %s',
    (terms) => {
      const net = sequential(linear(2, 4), (x: tf.Tensor) => tf.tanh(x), linear(4, 1));
      const model = bayesian({ posterior: normal({ std: 0.5 }) })(net);
      const params = model.init(random.key(0));
      const inputs = drawInputs(1, [16, 2]);
      const targets = tf.sum(inputs, 1, true);
      const n = many(1500);
      const gradients = (of: typeof model) => {
        const with_ = terms === 'withDivergence' ? withDivergence(of) : withLogProbs(of);
        const loss = elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 16 })(with_ as never);
        const each = vmapSamples({ samples: n })(
          (p: typeof params, key: random.Key) =>
            valueAndGrad(loss)(p, key, { inputs, targets } as never)[1] as typeof params,
        )(params, random.key(3));
        return leaves(each).flatMap(splitColumns);
      };
      const [drawn, own] = [gradients(model), gradients(flipout(model))];
      own.forEach((column, at) => {
        const error = Math.sqrt((sampleVariance(column) + sampleVariance(drawn[at]!)) / n);
        expect(Math.abs(average(column) - average(drawn[at]!))).toBeLessThan(4 * error + 1e-5);
      });
      const total = (columns: typeof own) => columns.map(sampleVariance).reduce((a, b) => a + b, 0);
      expect(total(own)).toBeLessThan(0.8 * total(drawn));
    },
  );

  it('gives an image one draw at all positions: the sum over them varies like that of a draw', () => {
    const model = bayesian({ posterior: normal({ std: 0.8 }) })(convolution(2, 2)) as unknown as Net;
    const params = model.init(random.key(0));
    const x = drawInputs(1, [2, 5, 4, 2]);
    const n = many(1500);
    const sums = (of: Net, seed: number) =>
      splitColumns(tf.sum(vmapSamples({ samples: n })(of)(params, random.key(seed), x), [2, 3]));
    const drawn = sums(model, 2);
    sums(flipout(model), 3).forEach((column, at) => {
      const wanted = sampleVariance(drawn[at]!);
      expect(Math.abs(sampleVariance(column) - wanted)).toBeLessThan(4 * wanted * Math.sqrt(4 / n));
    });
  });

  it('gives a sequence one draw, and a layer that is called twice too', () => {
    const model = bayesian()(
      layer(
        { inner: linear(2, 3) },
        ({ inner }) =>
          (x: tf.Tensor) =>
            [inner(x), inner(tf.reshape(x, [4, 1, 2])), inner(tf.slice(x, 0, 2))] as const,
      ),
    );
    const x = drawInputs(1, [4, 2]);
    const params = model.init(random.key(0));
    const [whole, sequence, part] = flipout(model).apply(params, random.key(1), x);
    expectClose(tf.reshape(sequence, [4, 3]), whole);
    expectClose(part, tf.slice(whole, 0, 2));
    const rows = tf.tile(tf.reshape(x, [4, 1, 2]), [1, 6, 1]);
    const steps = flipout(bayesian()(linear(2, 3))) as unknown as Net;
    const own = steps.apply(steps.init(random.key(0)), random.key(1), rows);
    expectClose(own, tf.tile(tf.slice(own, [0, 0, 0], [4, 1, 3]), [1, 6, 1]));
  });

  it('under vmapSamples equals the loop', () => {
    const model = flipout(
      bayesian()(sequential(convolution(1, 2), (x: tf.Tensor) => tf.reshape(x, [3, -1]), linear(8, 2))),
    );
    const [params, key] = [model.init(random.key(0)), random.key(4)];
    const x = drawInputs(1, [3, 2, 2, 1]);
    const terms = withLogProbs(model);
    const all = vmapSamples({ samples: 3 })(terms)(params, key, x);
    const loop = [0, 1, 2].map((s) => terms(params, random.foldIn(key, s), x));
    expectClose(all.output, tf.stack(loop.map(({ output }) => output)));
    expectClose(all.logProbs.prior, tf.stack(loop.map(({ logProbs }) => logProbs.prior)));
    expectClose(all.logProbs.posterior, tf.stack(loop.map(({ logProbs }) => logProbs.posterior)));
    // Without our kernels tfjs has no gradient of a convolution on wasm.
    if (tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend()) === undefined) return;
    const gradient = (chunk: number) =>
      valueAndGrad((p: typeof params) => {
        const { output, logProbs } = vmapSamples({ samples: 3, chunk })(terms)(p, key, x);
        return { loss: tf.add(tf.sum(tf.square(output)), tf.sum(logProbs.posterior)) };
      })(params)[1];
    expectClose(gradient(2), gradient(3), 1e-4);
  });

  it('has the log probabilities of the shared draw, and the divergence', () => {
    const model = bayesian()(sequential(linear(3, 2), tf.relu, linear(2, 1)));
    const params = model.init(random.key(0));
    const x = drawInputs(1, [4, 3]);
    const run = (of: typeof model) => withLogProbs(of)(params, random.key(2), x).logProbs;
    expectSame(run(flipout(model)), run(model));
    const divergence = (of: typeof model) => withDivergence(of)(params, random.key(2), x).divergence;
    expectSame(divergence(flipout(model)), divergence(model));
  });

  it('takes Student-t posteriors and point masses beside others, and leaves ordinary layers as they are', () => {
    const x = drawInputs(1, [4, 3]);
    const run = (model: Net, seed: number) =>
      flipout(model).apply(model.init(random.key(0)), random.key(seed), x);
    const heavy = bayesian({ posterior: studentT() })(linear(3, 2)) as unknown as Net;
    expect(values(run(heavy, 1))).not.toEqual(values(run(heavy, 2)));
    const ordinary = bayesian({ posterior: pointMass() })(linear(3, 2)) as unknown as Net;
    expectSame(run(ordinary, 1), ordinary.apply(ordinary.init(random.key(0)), random.key(1), x));
    const own = bayesian()(
      layer(
        { w: [3, 2] },
        ({ w }) =>
          (y: tf.Tensor): tf.Tensor =>
            tf.matMul(y as tf.Tensor2D, w as tf.Tensor2D),
      ),
    ) as unknown as Net;
    expectSame(run(own, 1), own.apply(own.init(random.key(0)), random.key(1), x));
  });

  it('takes one row without a batch, and leaks nothing', () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const x = tf.tensor1d([1, 2, 3]);
    expect(flipout(model).apply(params, random.key(1), x).shape).toEqual([2]);
    expectNoLeak(() => flipout(model).apply(params, random.key(1), x));
    expectNoLeak(() => pipe(model, flipout, withLogProbs)(params, random.key(1), x));
  });

  it('rejects a layer, an input that is not a row, and a posterior that is not symmetric, by name', () => {
    expect(() => flipout(linear(2, 1) as never)).toThrow(
      /flipout: model must be what bayesian\(\) returns, got a Layer/,
    );
    const model = flipout(bayesian()(sequential({ last: linear(2, 1) })));
    expect(() => model.apply(model.init(random.key(0)), random.key(1), tf.scalar(1))).toThrow(
      /input of layer 'last' must be a tensor of at least 1 axes/,
    );
    const skew = posterior({
      name: 'skew',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }, key) => tf.add(mean, random.gamma(key, mean.shape, { concentration: 2 })),
      logProb: (_, weight) => tf.zerosLike(weight),
      moments: ({ mean }) => ({ mean: tf.add(mean, 2), variance: tf.fill(mean.shape, 2) }),
    });
    const gammas = flipout(bayesian({ posterior: skew })(sequential({ last: linear(2, 1) })));
    const params = gammas.init(random.key(0));
    const x = tf.ones([1, 2]);
    expectNoLeak(() => {
      expect(() => gammas.apply(params, random.key(1), x)).toThrow(
        /flipout: posterior of 'last.weight' must be one with moments whose elements are independent and symmetric .* got 'skew'/,
      );
    });
  });
});
