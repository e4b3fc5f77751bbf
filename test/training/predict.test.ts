import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  bayesian,
  bernoulli,
  categorical,
  dropout,
  ensemble,
  foldSamples,
  gaussian,
  type Layer,
  layer,
  learnedNoise,
  likelihood,
  linear,
  localReparametrization,
  normal as normalWeights,
  pointMass,
  poisson,
  posteriorMean,
  predict,
  random,
  sampleMoments,
  sequential,
  vmapSamples,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';
import { peakBytes } from '../support/peakBytes.ts';
import { expectClose } from '../transforms/support/compare.ts';
import { drawInputs } from '../transforms/support/nets.ts';

const classifier = () => {
  const model = bayesian()(sequential(linear(3, 4), tf.relu, linear(4, 3)));
  return { model, params: model.init(random.key(0)), x: drawInputs(1, [7, 3]) };
};

const entropy = (probs: readonly number[]): number =>
  -probs.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

const meanOver = (rows: readonly (readonly number[])[]): readonly number[] =>
  rows[0]!.map((_, at) => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length);

describeOnBackends('predict', () => {
  it('is the mean of class probabilities over samples, uncertainties by hand', () => {
    const { model, params, x } = classifier();
    const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 6 })(
      params,
      random.key(1),
      x,
    );
    const each = tf
      .softmax(vmapSamples({ samples: 6 })(model)(params, random.key(1), x))
      .arraySync() as number[][][];
    const rows = each[0]!.map((_, row) => each.map((sample) => sample[row]!));
    const means = rows.map(meanOver);
    expectNumbers(values(mean), means.flat());
    const total = means.map(entropy);
    const aleatoric = rows.map((samples) => samples.reduce((sum, p) => sum + entropy(p), 0) / 6);
    expectNumbers(values(uncertainty.total), total);
    expectNumbers(values(uncertainty.aleatoric), aleatoric);
    expectNumbers(
      values(uncertainty.epistemic),
      total.map((all, at) => all - aleatoric[at]!),
    );
    expect([mean.shape, uncertainty.total.shape]).toEqual([[7, 3], [7]]);
    expect(values(uncertainty.epistemic).every((value) => value > 0)).toBe(true);
  });

  it('is mean and variance for a gaussian, with the noise of the data separate', () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const x = drawInputs(1, [5, 3]);
    const run = predict(model, { likelihood: gaussian({ std: 0.3 }), samples: 8 });
    const { mean, uncertainty } = run(params, random.key(1), x);
    const { mean: m, variance } = tf.moments(vmapSamples({ samples: 8 })(model)(params, random.key(1), x), 0);
    expectClose(mean, m);
    expectClose(uncertainty.epistemic, variance);
    expectNumbers(values(uncertainty.aleatoric), Array(10).fill(0.09));
    expectClose(uncertainty.total, tf.add(variance, 0.09));
    const noisy = bayesian()(sequential(linear(3, 2), learnedNoise(2, { std: 0.5 })));
    const own = predict(noisy, { likelihood: gaussian(), samples: 3 })(
      noisy.init(random.key(0)),
      random.key(1),
      x,
    );
    expect(own.mean.shape).toEqual([5, 2]);
    expectNumbers(values(own.uncertainty.aleatoric), Array(10).fill(0.25));
  });

  it('does not depend on chunk and batchSize', () => {
    const { model, params, x } = classifier();
    const run = (options: object) =>
      predict(model, { likelihood: categorical(), samples: 5, ...options })(params, random.key(1), x);
    const whole = run({ chunk: 5, batchSize: 7 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 9 }), (chunk, batchSize) => {
        tf.tidy(() => expectClose(run({ chunk, batchSize }), whole, 1e-5));
      }),
      { numRuns: runs(15), seed: 11 },
    );
  });

  it('is the same for the same key, differs for another, and draws 100 samples by default', () => {
    const { model, params, x } = classifier();
    const run = (seed: number, options: object = {}) =>
      values(predict(model, { likelihood: categorical(), ...options })(params, random.key(seed), x).mean);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(run(1)).toEqual(run(1, { samples: 100, memory: '256 MB', batchSize: 1000 }));
  });

  it('has one sample by default if all would be the same, and 100 if anything is drawn', () => {
    const normal = gaussian({ std: 0.3 });
    const count = (net: Layer<unknown, (x: tf.Tensor) => tf.Tensor>, options: object = {}, hasCdf = true) => {
      const seen: number[] = [];
      const counting = likelihood({
        name: 'counting',
        logProb: normal.logProb,
        ...(hasCdf && { cdf: normal.cdf }),
        sample: (_, output: tf.Tensor) => tf.clone(output),
        predictive: (samples: tf.Tensor) => {
          seen.push(samples.shape[0]!);
          return normal.predictive(samples);
        },
      });
      const model = bayesian({ posterior: pointMass() })(net);
      const params = model.init(random.key(0));
      predict(model, { likelihood: counting, ...options })(params, random.key(1), tf.ones([4, 3]));
      return seen;
    };
    tf.tidy(() => {
      expect(count(linear(3, 2))).toEqual([1]);
      expect(count(linear(3, 2), { interval: 0.9 })).toEqual([1]);
      expect(count(linear(3, 2), { samples: 3 })).toEqual([3]);
      expect(count(linear(3, 2), { interval: 0.9 }, false)).toEqual([100]);
      expect(count(sequential(linear(3, 2), dropout(0.5)))).toEqual([100]);
      expect(count(sequential(linear(3, 2, { bias: { posterior: normalWeights() } })))).toEqual([100]);
    });
  });

  it('takes several inputs, and options that have no rows', () => {
    const model = bayesian()(
      layer(
        { dense: linear(2, 2) },
        ({ dense }) =>
          (a: tf.Tensor, b: tf.Tensor, { scale }: { scale: number }) =>
            tf.mul(dense(tf.concat([a, b], 1)), scale),
      ),
    );
    const params = model.init(random.key(0));
    const [a, b] = [drawInputs(1, [5, 1]), drawInputs(2, [5, 1])];
    const run = (batchSize: number) =>
      predict(model, { likelihood: categorical(), samples: 3, batchSize, data: [true, true] })(
        params,
        random.key(1),
        a,
        b,
        { scale: 2 },
      );
    expectClose(run(2), run(5), 1e-5);
  });

  it('takes rows from tensors in an options record as well', () => {
    const model = bayesian()(
      layer(
        { dense: linear(1, 2) },
        ({ dense }) =>
          (x: tf.Tensor, { mask }: { mask: tf.Tensor }) =>
            tf.mul(dense(x), mask),
      ),
    );
    const params = model.init(random.key(0));
    const x = drawInputs(1, [5, 1]);
    const mask = tf.tensor2d([[1], [0], [1], [0], [1]]);
    const run = (batchSize: number) =>
      predict(model, { likelihood: categorical(), samples: 3, batchSize, data: [true, { mask: true }] })(
        params,
        random.key(1),
        x,
        { mask },
      );
    expectClose(run(2), run(5), 1e-5);
  });

  it('does not cut an input with as many rows that is not data', () => {
    const model = bayesian()(
      layer(
        { dense: linear(2, 2) },
        ({ dense }) =>
          (at: tf.Tensor, { table }: { readonly table: tf.Tensor }) =>
            dense(tf.gather(table, tf.cast(at, 'int32'))),
      ),
    );
    const params = model.init(random.key(0));
    const [at, table] = [tf.tensor1d([4, 3, 2, 1, 0]), drawInputs(1, [5, 2])];
    const run = (options: object) =>
      predict(model, { likelihood: categorical(), samples: 3, ...options })(params, random.key(1), at, {
        table,
      });
    const whole = run({});
    for (const data of [[true], [true, false], [true, {}], [true, { table: false }]])
      for (const batchSize of [1, 2, 4]) expectClose(run({ batchSize, data }), whole, 1e-5);
    const swapped = bayesian()(
      layer(
        { dense: linear(2, 2) },
        ({ dense }) =>
          (table: tf.Tensor, at: tf.Tensor) =>
            dense(tf.gather(table, tf.cast(at, 'int32'))),
      ),
    );
    const likelihood = categorical();
    const last = predict(swapped, { likelihood, samples: 3, batchSize: 2, data: [false, true] });
    expectClose(last(params, random.key(1), table, at), whole, 1e-5);
  });

  it('throws if rows have to be cut and another input with as many rows may be data', () => {
    const model = bayesian()(
      layer(
        { dense: linear(2, 2) },
        ({ dense }) =>
          (x: tf.Tensor, { mask }: { readonly mask: tf.Tensor }) =>
            tf.mul(dense(x), mask),
      ),
    );
    const params = model.init(random.key(0));
    const run = (options: object) =>
      predict(model, { likelihood: categorical(), samples: 2, ...options })(
        params,
        random.key(1),
        tf.ones([5, 2]),
        { mask: tf.ones([5, 1]) },
      );
    expect(run({}).mean.shape).toEqual([5, 2]);
    expect(() => run({ batchSize: 4 })).toThrow(
      'predict: data must be given, as in data: [true, true], since inputs.1.mask also has 5 rows and may or may not be data',
    );
    for (const [data, message] of [
      [true, 'predict: data must be a list with true or false for each input, got true'],
      [['all'], "predict: data.0 must be true or false, or a list or record of these, got 'all'"],
      [[true, { maks: true }], 'predict: data.1.maks must be a part of inputs.1'],
      [[{ x: true }], 'predict: data.0 must be true or false, since inputs.0 has no parts'],
      [[false, false], 'predict: inputs must be tensors with rows where data is true'],
    ] as const)
      expect(() => run({ data })).toThrow(message);
    const odd = predict(model, { likelihood: categorical(), samples: 2, data: [true, true] });
    expect(() => odd(params, random.key(1), tf.ones([5, 2]), { mask: tf.ones([4, 1]) })).toThrow(
      'predict: inputs.1.mask must be a tensor of 5 rows like inputs.0, got a float32 tensor of shape [4, 1]',
    );
  });

  it('takes other estimators: the posterior mean has no epistemic uncertainty', () => {
    const { model, params, x } = classifier();
    const options = { likelihood: categorical(), samples: 4 };
    const { mean, uncertainty } = predict(posteriorMean(model), options)(params, random.key(1), x);
    expectClose(mean, tf.softmax(posteriorMean(model).apply(params, random.key(0), x)));
    expectNumbers(values(uncertainty.epistemic), Array(7).fill(0));
    const local = predict(localReparametrization(model), options)(params, random.key(1), x);
    expect(local.mean.shape).toEqual([7, 3]);
  });

  it('returns its result and leaks nothing, also when it throws', () => {
    const { model, params, x } = classifier();
    const run = predict(model, { likelihood: categorical(), samples: 5, chunk: 2, batchSize: 3 });
    expectNoLeak(() => run(params, random.key(1), x));
    const wide = drawInputs(1, [7, 4]);
    expectNoLeak(() => {
      expect(() => run(params, random.key(1), wide)).toThrow(/linear: input/);
    });
  });

  it('needs the memory of one group, however many samples there are, also with a custom likelihood', () => {
    const { model, params, x } = classifier();
    const counting = likelihood({
      name: 'counting',
      logProb: (output: tf.Tensor) => output,
      predictive: foldSamples({
        ...sampleMoments,
        finish: (moments) => {
          const mean = sampleMoments.mean(moments);
          const rest = () => tf.zerosLike(mean);
          return { mean, uncertainty: { total: rest(), aleatoric: rest(), epistemic: rest() } };
        },
      }),
    });
    for (const each of [categorical(), bernoulli(), gaussian({ std: 1 }), poisson(), counting]) {
      const peak = (samples: number) =>
        peakBytes(() =>
          tf.tidy(
            () => void predict(model, { likelihood: each, samples, chunk: 3 })(params, random.key(1), x),
          ),
        );
      expect(peak(60), each.name).toBe(peak(6));
    }
  });

  it('computes fewer samples, and then fewer rows, if the outputs are too large', () => {
    // A GPU in software takes minutes for so many numbers, and the groups are the same there.
    if (!canReadSync()) return;
    const classes = 50_000;
    const model = bayesian()(sequential(linear(1, 2), (x: tf.Tensor) => tf.matMul(x, tf.ones([2, classes]))));
    const params = model.init(random.key(0));
    const shapes: (readonly number[])[] = [];
    const seen = likelihood({
      name: 'seen',
      logProb: (output: tf.Tensor) => output,
      predictive: foldSamples({
        zero: () => ({ count: 0 }),
        add: ({ count }, samples: tf.Tensor) => {
          shapes.push(samples.shape);
          return { count: count + (samples.shape[0] ?? 0) };
        },
        finish: ({ count }) => {
          const mean = tf.fill([shapes.at(-1)?.[1] ?? 0], count);
          return { mean, uncertainty: { total: mean, aleatoric: mean, epistemic: mean } };
        },
      }),
    });
    const run = (rows: number, options: object) => {
      shapes.length = 0;
      const { mean } = predict(model, { likelihood: seen, samples: 2, ...options })(
        params,
        random.key(1),
        tf.ones([rows, 1]),
      );
      expect(values(mean)).toEqual(Array(rows).fill(2));
      return shapes.map((shape) => shape.slice(0, 2).join());
    };
    tf.tidy(() => {
      // 2^24 numbers are 335 rows and draws of so many classes.
      expect(run(160, {})).toEqual(['2,160']);
      expect(run(170, {})).toEqual(['1,170', '1,170']);
      expect(run(170, { batchSize: 100 })).toEqual(['2,100', '2,70']);
      expect(run(340, { samples: 2 })).toEqual(['1,335', '1,335', '1,5', '1,5']);
    });
  });

  it('needs about as much memory as it may use, and gives the same for any', () => {
    const model = bayesian()(
      sequential(linear(3, 40), tf.relu, linear(40, 200), tf.relu, linear(200, 20), tf.tanh, linear(20, 2)),
    );
    const params = model.init(random.key(0));
    const x = drawInputs(1, [150, 3]);
    const run = (options: object) =>
      predict(model, { likelihood: gaussian({ std: 1 }), samples: 40, ...options })(params, random.key(1), x);
    const whole = run({ chunk: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 100_000, max: 20_000_000 }), fc.boolean(), (bytes, isText) => {
        const memory = isText ? `${bytes / 1e6} MB` : bytes;
        tf.tidy(() => {
          const results: unknown[] = [];
          const peak = peakBytes(() => void results.push(run({ memory })));
          // TensorFlow.js counts the bytes of a reshaped tensor again, and a group has more of them than a sample. Besides:
          // accumulators, slices of the inputs, and means and standard deviations of 50 kB of weights.
          expect(peak).toBeLessThan(1.6 * bytes + 250_000);
          // As much as is of use: a group less than half as large would not fit twice.
          expect(peak).toBeGreaterThan(Math.min(0.4 * bytes, 8_000_000));
          expectClose(results[0] as typeof whole, whole, 1e-5);
        });
      }),
      { numRuns: runs(12), seed: 12 },
    );
    const counts = [{}, { memory: '256 MB' }, { chunk: 30, memory: '256 MB' }].map((options) =>
      peakBytes(() => tf.tidy(() => void run(options))),
    );
    expect(counts[0]).toBe(counts[1]);
    expect(counts[2]).toBe(peakBytes(() => tf.tidy(() => void run({ chunk: 30 }))));
    expect(counts[2]).toBeLessThan(counts[1]!);
  });

  it('needs about as much memory as it may use for an ensemble too', () => {
    const member = bayesian()(sequential(linear(3, 40), tf.relu, linear(40, 200), tf.tanh, linear(200, 2)));
    const model = ensemble({ members: 5 })(member);
    const params = model.init(random.key(0));
    const x = drawInputs(1, [150, 3]);
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000, max: 20_000_000 }), (memory) => {
        const ask = predict(model, { likelihood: gaussian({ std: 1 }), samples: 20, memory });
        const peak = peakBytes(() => tf.tidy(() => void ask(params, random.key(1), x)));
        // Reshaped tensors are counted again, and products over two axes of samples reshape more of them. Besides: means and
        // standard deviations of 175 kB of weights, once more for a group of some members.
        expect(peak).toBeLessThan(2.2 * memory + 500_000);
        expect(peak).toBeGreaterThan(Math.min(0.4 * memory, 8_000_000));
      }),
      { numRuns: runs(12), seed: 12 },
    );
  });

  it('works at its defaults for 1000 rows of 10,000 classes', { timeout: 300_000 }, () => {
    // A draw of these takes cpu and a GPU in software many seconds; there two rows stand for all.
    const rows = tf.getBackend() === 'wasm' ? 1000 : 2;
    const model = bayesian()(linear(4, 10_000));
    tf.tidy(() => {
      const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 2 })(
        model.init(random.key(0)),
        random.key(1),
        drawInputs(1, [rows, 4]),
      );
      expectNumbers(values(tf.sum(mean, 1)), Array(rows).fill(1), 1e-4);
      expect(values(uncertainty.epistemic).every((x) => x >= 0)).toBe(true);
    });
  });

  it('takes a predictive distribution that is a function of all samples', () => {
    const { model, params, x } = classifier();
    const { predictive, ...others } = categorical();
    const plain = likelihood({ ...others, predictive: (samples: tf.Tensor) => predictive(samples) });
    const run = (each: typeof plain, options: object) =>
      predict(model, { likelihood: each, samples: 5, ...options })(params, random.key(1), x);
    for (const options of [{}, { chunk: 2 }, { chunk: 2, batchSize: 3 }])
      expectClose(run(plain, options), run(categorical(), options), 1e-6);
    expectNoLeak(() => run(plain, { chunk: 2, batchSize: 3 }));
  });

  it('has gradients for its inputs, in any chunks', () => {
    const model = bayesian()(sequential(linear(3, 4), tf.tanh, linear(4, 3)));
    const [params, x] = [model.init(random.key(0)), drawInputs(1, [2, 3])];
    const total = (chunk: number) => (inputs: tf.Tensor) => {
      const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 5, chunk })(
        params,
        random.key(1),
        inputs,
      );
      return tf.add(tf.sum(uncertainty.epistemic), tf.sum(tf.slice(mean, [0, 0], [-1, 1])));
    };
    tf.tidy(() => {
      for (const chunk of [5, 2]) expectGradient(total(chunk), x);
    });
  });

  it('keeps the digits of outputs near 1e6 that differ by a tenth', () => {
    const model = bayesian()(
      sequential(linear(1, 1, { bias: false }), (y: tf.Tensor) => tf.add(tf.mul(y, 0.1), 1e6)),
    );
    const params = { '0': { weight: { mean: tf.zeros([1, 1]), logStd: tf.zeros([1, 1]) } } };
    const x = tf.ones([1, 1]);
    const each = values(vmapSamples({ samples: 50 })(model)(params as never, random.key(1), x));
    const exact = average(each.map((y) => (y - average(each)) ** 2));
    for (const chunk of [1, 7, 50]) {
      const { mean, uncertainty } = predict(model, { likelihood: gaussian({ std: 1 }), samples: 50, chunk })(
        params as never,
        random.key(1),
        x,
      );
      expect(Math.abs(values(uncertainty.epistemic)[0]! - exact)).toBeLessThan(1e-5 * exact);
      expectNumbers(values(mean), [average(each)], 1e-7);
    }
    expect(exact).toBeGreaterThan(0.005);
    expect(exact).toBeLessThan(0.02);
  });

  it('refuses each bad argument by name', () => {
    const { model, params } = classifier();
    const good = { likelihood: categorical(), samples: 2 };
    for (const name of ['samples', 'chunk', 'batchSize'])
      for (const value of [0, -2, 1.5, Number.NaN, '3'])
        expect(() => predict(model, { ...good, [name]: value })).toThrow(
          `predict: ${name} must be a positive integer, got`,
        );
    for (const memory of [0, -1, Number.NaN, '256', '256 mb', '-1 MB', null])
      expect(() => predict(model, { ...good, memory: memory as never })).toThrow(
        "predict: memory must be a number of bytes above 0, such as 256e6 or '256 MB', got",
      );
    expect(() => predict(linear(2, 1) as never, good as never)).toThrow(
      /predict: model must be what bayesian\(\) returns, got a Layer/,
    );
    expect(() => predict(model, { ...good, likelihood: 'categorical' as never })).toThrow(
      /predict: likelihood must be a likelihood, such as/,
    );
    expect(() => predict(model, { ...good, numSamples: 3 } as never)).toThrow(
      "predict: unknown option 'numSamples'; did you mean 'samples'?",
    );
    expect(() => predict(model, undefined as never)).toThrow(
      'predict: options must be a record of options, got undefined',
    );
    const silent = likelihood({ name: 'silent', logProb: (output: tf.Tensor) => output });
    expect(() => predict(model, { ...good, likelihood: silent as never })).toThrow(
      /predict: likelihood must be one with a predictive distribution/,
    );
    const run = predict(model, good);
    expect(() => run(params, random.key(0), [[1, 2, 3]] as never)).toThrow(
      /predict: inputs must be at least one tensor with rows/,
    );
    expect(() => run(params, 3 as never, tf.zeros([1, 3]))).toThrow(/predict: key must be/);
    expect(() => run(params, random.key(0), tf.scalar(1))).toThrow(
      /predict: inputs must be at least one tensor/,
    );
    expect(() => run(params, random.key(0), tf.zeros([0, 3]))).toThrow(/predict: inputs must be/);
    expect(() => run({} as never, random.key(0), tf.zeros([1, 3]))).toThrow(/params: '0.weight' must be/);
  });
});
