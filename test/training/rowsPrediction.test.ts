import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  bernoulli,
  categorical,
  foldSamples,
  gaussian,
  learnedNoise,
  likelihood,
  linear,
  poisson,
  predict,
  random,
  sampleMoments,
  sequential,
  vmapSamples,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { normalCdf } from '../support/kolmogorov.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';
import { peakBytes } from '../support/peakBytes.ts';
import { expectClose } from '../transforms/support/compare.ts';
import { drawInputs } from '../transforms/support/nets.ts';

const STD = 0.3;
const SAMPLES = 6;
const key = random.key(1);

const regression = (likelihood = gaussian({ std: STD })) => {
  const model = bayesian()(linear(3, 2));
  const params = model.init(random.key(0));
  const [x, y] = [drawInputs(1, [7, 3]), drawInputs(2, [7, 2])];
  const run = <O extends object>(options: O) =>
    predict(model, { likelihood, samples: SAMPLES, ...options } as never)(
      params,
      key,
      x,
    ) as unknown as Readonly<
      Record<'logProb' | 'quantiles', tf.Tensor> & {
        readonly cdf: Readonly<Record<'atMost' | 'below', tf.Tensor>>;
        readonly interval: Readonly<Record<'lower' | 'upper', tf.Tensor>>;
      }
    >;
  const outputs = () => vmapSamples({ samples: SAMPLES })(model)(params, key, x).arraySync() as number[][][];
  return { model, params, x, y, run, outputs };
};

/** A likelihood of normal noise that only draws. */
const drawing = likelihood({
  name: 'drawing',
  logProb: (output: tf.Tensor) => tf.sum(output, -1),
  predictive: foldSamples({
    ...sampleMoments,
    finish: (known) => {
      const [mean, variance] = [sampleMoments.mean(known), sampleMoments.variance(known)];
      return { mean, uncertainty: { total: variance, aleatoric: tf.zerosLike(mean), epistemic: variance } };
    },
  }),
  sample: (each: random.Key, output: tf.Tensor) => tf.add(output, random.normal(each, output.shape)),
});

describeOnBackends('logProb of predict', () => {
  it('is the log of the mean density of each row over the samples, in doubles', () => {
    const { run, y, outputs } = regression();
    const targets = y.arraySync() as number[][];
    const each = outputs();
    const density = (row: number, sample: number) =>
      targets[row]!.reduce(
        (product, target, k) =>
          (product * Math.exp(-0.5 * ((target - each[sample]![row]![k]!) / STD) ** 2)) /
          (STD * Math.sqrt(2 * Math.PI)),
        1,
      );
    const expected = targets.map((_, row) =>
      Math.log(average(Array.from({ length: SAMPLES }, (_, s) => density(row, s)))),
    );
    for (const chunk of [1, 4, 6]) expectNumbers(values(run({ logProb: y, chunk }).logProb), expected);
  });

  it("is that of the label's mean probability for classes, and does not underflow", () => {
    const model = bayesian()(linear(3, 3));
    const [params, x] = [model.init(random.key(0)), drawInputs(1, [5, 3])];
    const labels = tf.tensor1d([0, 2, 1, 1, 0], 'int32');
    const { mean, logProb } = predict(model, {
      likelihood: categorical(),
      samples: 5,
      chunk: 2,
      logProb: labels,
    })(params, key, x);
    const p = mean.arraySync() as number[][];
    expectNumbers(
      values(logProb),
      [0, 2, 1, 1, 0].map((label, row) => Math.log(p[row]![label]!)),
    );
    const { run } = regression();
    const far = values(run({ logProb: tf.fill([7, 2], 1e4), chunk: 2 }).logProb);
    expect(far.every((score) => score < -1e8 && Number.isFinite(score))).toBe(true);
  });

  it('needs the memory of one group, and has a gradient', () => {
    const { model, params, x, y } = regression();
    const likelihood = gaussian({ std: STD });
    const peak = (samples: number) =>
      peakBytes(() =>
        tf.tidy(
          () => void predict(model, { likelihood, samples, chunk: 3, logProb: y, cdf: y })(params, key, x),
        ),
      );
    expect(peak(60)).toBe(peak(6));
    const total = (inputs: tf.Tensor) =>
      tf.sum(
        predict(model, { likelihood: gaussian({ std: 2 }), samples: 3, chunk: 2, logProb: tf.zeros([2, 2]) })(
          params,
          key,
          inputs,
        ).logProb,
      );
    tf.tidy(() => expectGradient(total, drawInputs(3, [2, 3])));
  });
});

describeOnBackends('cdf of predict', () => {
  it('is the mean over samples of the distribution function at the targets, in doubles', () => {
    const { run, y, outputs } = regression();
    const { cdf } = run({ cdf: y, chunk: 4 });
    const each = outputs();
    const expected = (y.arraySync() as number[][]).flatMap((row, i) =>
      row.map((target, k) => average(each.map((sample) => normalCdf((target - sample[i]![k]!) / STD)))),
    );
    expectNumbers(values(cdf.atMost), expected);
    expect(Object.keys(cdf)).toEqual(['atMost']);
  });

  it('has the probability of fewer as well for counts', () => {
    const model = bayesian()(linear(3, 1));
    const [params, x] = [model.init(random.key(0)), drawInputs(1, [3, 3])];
    const run = (counts: number[]) =>
      predict(model, {
        likelihood: poisson(),
        samples: 4,
        chunk: 3,
        cdf: tf.tensor2d(counts, [3, 1], 'int32'),
      })(params, key, x).cdf;
    const [two, one] = [run([2, 1, 0]), run([1, 0, 0])];
    expect(values(two.below!).slice(0, 2)).toEqual(values(one.atMost).slice(0, 2));
    expect(values(two.below!)[2]).toBe(0);
  });
});

describeOnBackends('quantiles of predict', () => {
  it('have their probability below them in the mixture, in the order asked for', () => {
    const { run, outputs } = regression();
    const asked = [0.9, 0.05, 0.5];
    const { quantiles, interval } = run({ quantiles: asked, interval: 0.8, chunk: 4 });
    expect(quantiles.shape).toEqual([3, 7, 2]);
    expect(interval.lower.shape).toEqual([7, 2]);
    const each = outputs();
    const found = quantiles.arraySync() as number[][][];
    for (const [at, p] of asked.entries())
      for (const [i, row] of found[at]!.entries())
        for (const [k, q] of row.entries())
          expect(average(each.map((s) => normalCdf((q - s[i]![k]!) / STD)))).toBeCloseTo(p, 5);
    expectClose(interval.upper, tf.gather(quantiles, 0));
    expectClose(interval.lower, tf.gather(run({ quantiles: [0.1] }).quantiles, 0));
  });

  it('and all else do not depend on chunk and batchSize', () => {
    const { run, y, x, model, params } = regression();
    const asked = { quantiles: [0.1, 0.8], interval: 0.5, logProb: y, cdf: y };
    const whole = run({ ...asked, chunk: 6 });
    const drawnBy = (chunk: number) =>
      predict(model, { likelihood: drawing, samples: SAMPLES, chunk, quantiles: [0.3] })(params, key, x);
    const drawn = drawnBy(6);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }), (chunk, batchSize) => {
        tf.tidy(() => {
          expectClose(run({ ...asked, chunk, batchSize }), whole, 1e-5);
          expectClose(drawnBy(chunk), drawn, 1e-5);
        });
      }),
      { numRuns: runs(3) },
    );
  });

  it('are those of draws, one for each sample, without a cdf', () => {
    const { model, params, x } = regression();
    const run = (seed: number) =>
      predict(model, { likelihood: drawing, samples: 200, quantiles: [0.5, 0.9] })(
        params,
        random.key(seed),
        x,
      );
    const { quantiles, mean } = run(1);
    expect(quantiles.shape).toEqual([2, 7, 2]);
    expect(values(run(1).quantiles)).toEqual(values(quantiles));
    expect(values(run(2).quantiles)).not.toEqual(values(quantiles));
    const [middle, upper] = tf.unstack(quantiles).map(values) as [readonly number[], readonly number[]];
    // Standard errors of the median and of the 90 % quantile of 200 normals, rows of one seed being alike.
    expect(Math.abs(average(middle) - average(values(mean)))).toBeLessThan((4 * 1.26) / Math.sqrt(200));
    expect(Math.abs(average(upper.map((q, i) => q - middle[i]!)) - 1.2816)).toBeLessThan(0.4);
  });

  it('hold all samples, for fewer rows if their outputs are too large', () => {
    // The others take many seconds for so many numbers, and the groups are the same there.
    if (tf.getBackend() !== 'wasm') return;
    const width = 2 ** 20;
    const model = bayesian()(
      sequential(linear(1, 1), (y: tf.Tensor) => tf.broadcastTo(y, [y.shape[0] ?? 0, width])),
    );
    const seen: (readonly number[])[] = [];
    const first = (output: tf.Tensor) => tf.slice(output, [0, 0], [-1, 1]);
    const narrow = likelihood({
      name: 'narrow',
      logProb: (output: tf.Tensor) => output,
      predictive: foldSamples({
        zero: () => ({ mean: tf.scalar(0) as tf.Tensor }),
        add: (_, samples: tf.Tensor) => ({ mean: tf.slice(tf.gather(samples, 0), [0, 0], [-1, 1]) }),
        finish: ({ mean }) => ({ mean, uncertainty: { total: mean, aleatoric: mean, epistemic: mean } }),
      }),
      sample: (_: random.Key, output: tf.Tensor) => {
        seen.push(output.shape);
        return first(output);
      },
    });
    const run = (options: object) => {
      seen.length = 0;
      tf.tidy(
        () =>
          void predict(model, { likelihood: narrow, samples: 10, chunk: 5, interval: 0.5, ...options })(
            model.init(random.key(0)),
            key,
            tf.ones([2, 1]),
          ),
      );
      return seen.map(([rows]) => rows);
    };
    // 2^24 numbers are 16 rows and samples of so many.
    expect(run({})).toEqual([1, 1, 1, 1]);
    expect(run({ samples: 8 })).toEqual([2, 2]);
  });

  it('takes learned noise, in rows of their own', () => {
    const model = bayesian()(sequential(linear(3, 2), learnedNoise(2, { std: 0.5 })));
    const params = model.init(random.key(0));
    const { quantiles, mean } = predict(model, {
      likelihood: gaussian(),
      samples: 1,
      batchSize: 2,
      quantiles: [0.975],
    })(params, key, drawInputs(1, [3, 3]));
    expectClose(tf.gather(quantiles, 0), tf.add(mean, 0.5 * 1.959964), 1e-5);
  });

  it('returns what was asked for and leaks nothing, also when it throws', () => {
    const { run, y } = regression();
    expect(Object.keys(run({})).sort()).toEqual(['mean', 'uncertainty']);
    const all = { quantiles: [0.5], interval: 0.9, logProb: y, cdf: y, chunk: 4, batchSize: 3 };
    expect(Object.keys(run(all)).sort()).toEqual([
      'cdf',
      'interval',
      'logProb',
      'mean',
      'quantiles',
      'uncertainty',
    ]);
    expectNoLeak(() => run(all));
    const wide = tf.zeros([7, 3]);
    expectNoLeak(() => {
      expect(() => run({ ...all, logProb: wide })).toThrow('gaussian: targets must be');
    });
  });

  it('refuses each bad argument by name', () => {
    const { run, y, model } = regression();
    for (const quantiles of [[], [0], [1], [0.5, Number.NaN], 0.5, ['0.5'], [-0.1]])
      expect(() => run({ quantiles })).toThrow(
        'predict: quantiles must be a list of probabilities, each above 0 and below 1, got ',
      );
    for (const interval of [0, 1, 90, Number.NaN, '0.9', [0.1, 0.9]])
      expect(() => run({ interval })).toThrow(
        'predict: interval must be a probability above 0 and below 1, got ',
      );
    expect(() => run({ logProb: tf.zeros([6, 2]) })).toThrow(
      'predict: logProb must be a tensor of 7 rows like the inputs, got a float32 tensor of shape [6, 2]',
    );
    expect(() => run({ logProb: { y, z: tf.scalar(1) } })).toThrow(
      'predict: logProb.z must be a tensor of 7 rows like the inputs',
    );
    expect(() => run({ cdf: [[1, 2]] })).toThrow('predict: cdf must be a tensor of 7 rows like the inputs');
    expect(() => run({ logProb: tf.zeros([7]) })).toThrow(
      "gaussian: targets must be of the output's shape [7, 2]",
    );
    for (const classes of [categorical(), bernoulli()]) {
      for (const option of [{ quantiles: [0.5] }, { interval: 0.9 }])
        expect(() => predict(model, { likelihood: classes, ...option })).toThrow(
          `predict: likelihood must be one with a cdf or a sample, for quantiles and interval (classes have no order), got '${classes.name}'`,
        );
      expect(() => predict(model, { likelihood: classes, cdf: y })).toThrow(
        `predict: likelihood must be one with a cdf, for the option cdf, got '${classes.name}'`,
      );
    }
    const { predictive } = gaussian({ std: 1 });
    const summed = likelihood({
      name: 'summed',
      logProb: (output: tf.Tensor) => output,
      predictive,
      cdf: (output: tf.Tensor) => tf.sum(output, -1),
    });
    const wrong = regression(summed as never);
    expect(() => wrong.run({ logProb: y })).toThrow(
      "predict: result of the summed likelihood's logProb must be of shape [batch], with all other axes summed",
    );
    for (const option of [{ cdf: y }, { interval: 0.9 }])
      expect(() => wrong.run(option)).toThrow(
        "predict: result of the summed likelihood's cdf, for each sample, must be of the targets' shape [7, 2]",
      );
    const joint = likelihood({
      ...drawing,
      sample: (_: random.Key, output: tf.Tensor) => tf.sum(output, -1),
    });
    expect(() => regression(joint as never).run({ interval: 0.9 })).toThrow(
      "predict: result of the drawing likelihood's sample must be of the mean's shape [7, 2], got a float32 tensor of shape [7]",
    );
  });
});
