import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  coverage,
  crps,
  gaussian,
  intervals,
  linear,
  logScore,
  meanAbsoluteError,
  pit,
  poisson,
  predict,
  random,
  rmse,
  sharpness,
  tree,
  vmap,
  vmapSamples,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { kolmogorov, normalCdf } from '../support/kolmogorov.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { mean } from './predictions.ts';

const number = (x: tf.Tensor): number => values(x)[0]!;
const column = (xs: readonly number[], dtype?: 'int32'): tf.Tensor =>
  tf.tensor2d([...xs], [xs.length, 1], dtype);

const prediction = (means: readonly number[], stds: readonly number[]) => ({
  mean: column(means),
  uncertainty: { total: column(stds.map((std) => std ** 2)) },
});

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const rows = fc.array(fc.tuple(float(-5, 5), float(0.05, 3), float(-5, 5)), { minLength: 1, maxLength: 6 });
const columns = (each: readonly (readonly [number, number, number])[]) => ({
  means: each.map(([m]) => m),
  stds: each.map(([, s]) => s),
  targets: each.map(([, , y]) => y),
});

/** Gneiting & Raftery 2007, eq. 21, in doubles. */
const normalCrps = (m: number, std: number, y: number): number => {
  const z = (y - m) / std;
  const cdf = z < -8 ? 0 : z > 8 ? 1 : normalCdf(z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return std * (z * (2 * cdf - 1) + 2 * density - 1 / Math.sqrt(Math.PI));
};

/** The mean over all pairs, from the definition. */
const drawnCrps = (draws: readonly number[], y: number, pairs: number): number =>
  mean(draws.map((x) => Math.abs(x - y))) -
  draws.flatMap((a) => draws.map((b) => Math.abs(a - b))).reduce((sum, d) => sum + d, 0) / (2 * pairs);

describeOnBackends('rmse and meanAbsoluteError', () => {
  it('equal plain arithmetic', () => {
    fc.assert(
      fc.property(rows, (each) => {
        tf.tidy(() => {
          const { means, targets } = columns(each);
          const errors = targets.map((y, i) => y - means[i]!);
          const expected = [Math.sqrt(mean(errors.map((e) => e * e))), mean(errors.map(Math.abs))];
          const given = [column(means), column(targets)] as const;
          expectNumbers([number(rmse(...given)), number(meanAbsoluteError(...given))], expected, 1e-6);
        });
      }),
      { numRuns: runs(30) },
    );
    expect(number(rmse(column([1, 2]), column([2, 3], 'int32')))).toBe(1);
  });
});

describeOnBackends('crps', () => {
  it('of a mean and a variance is the closed form, in doubles', () => {
    fc.assert(
      fc.property(rows, (each) => {
        tf.tidy(() => {
          const { means, stds, targets } = columns(each);
          const expected = mean(each.map(([m, s, y]) => normalCrps(m, s, y)));
          const found = crps(prediction(means, stds), column(targets));
          expect(found.shape).toEqual([]);
          expectNumbers([number(found)], [expected], 2e-6);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  it('is the absolute error without spread, and for a target far away', () => {
    tf.tidy(() => {
      expect(number(crps(prediction([1, 2], [0, 0]), column([1, 5])))).toBe(1.5);
      expectNumbers(
        [number(crps(prediction([0], [1]), column([1e4])))],
        [1e4 - 1 / Math.sqrt(Math.PI)],
        1e-6,
      );
      expect(number(crps(prediction([0, 0], [1, 1]), column([0, Number.NaN])))).toBeNaN();
    });
  });

  it('of draws is the definition over all pairs, fair or empirical', () => {
    fc.assert(
      fc.property(fc.array(float(-5, 5), { minLength: 2, maxLength: 9 }), float(-5, 5), (draws, y) => {
        tf.tidy(() => {
          const n = draws.length;
          const x = tf.tensor3d(
            draws.flatMap((d) => [d, -d]),
            [n, 1, 2],
          );
          const target = tf.tensor2d([[y, y]]);
          const both = (pairs: number) =>
            (drawnCrps(draws, y, pairs) +
              drawnCrps(
                draws.map((d) => -d),
                y,
                pairs,
              )) /
            2;
          const empirical = crps(x, target, { estimator: 'empirical' });
          expectNumbers([number(crps(x, target)), number(empirical)], [both(n * (n - 1)), both(n * n)], 2e-6);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  it('of many draws of a normal approaches the closed form, and keeps digits near 1e6', () => {
    tf.tidy(() => {
      const draws = random.normal(random.key(0), [4000, 1, 1]);
      expect(number(crps(draws, column([0.7])))).toBeCloseTo(normalCrps(0, 1, 0.7), 1);
      const few = [1, 2, 4].map((x) => 1e6 + x);
      expectNumbers(
        [number(crps(tf.tensor3d(few, [3, 1, 1]), column([1e6])))],
        [drawnCrps([1, 2, 4], 0, 6)],
        1e-6,
      );
    });
  });

  it('has a gradient in mean, variance and target, and works inside vmap', () => {
    tf.tidy(() => {
      const y = column([0.3, -1]);
      const total = column([0.5, 2]);
      expectGradient((x) => crps({ mean: x, uncertainty: { total } }, y), column([0.1, 0.4]));
      expectGradient((x) => crps({ mean: y, uncertainty: { total: x } }, column([1, 1])), total);
      const each = vmap((x: tf.Tensor) => crps({ mean: x, uncertainty: { total } }, y));
      expect(values(each(tf.zeros([3, 2, 1])))).toHaveLength(3);
    });
  });
});

describeOnBackends('logScore', () => {
  it('is minus the mean of logProb, for every likelihood that predict takes', () => {
    tf.tidy(() => {
      expect(number(logScore({ logProb: tf.tensor1d([-1, -3]) }))).toBe(2);
      expect(number(logScore({ logProb: tf.tensor1d([-1, Number.NEGATIVE_INFINITY]) }))).toBe(Infinity);
      const model = bayesian()(linear(1, 1));
      const y = column([1, 0, 2]);
      for (const likelihood of [gaussian({ std: 1 }), poisson()]) {
        const scored = predict(model, { likelihood, samples: 3, logProb: y })(
          model.init(random.key(0)),
          random.key(1),
          column([0, 1, 2]),
        );
        expect(number(logScore(scored))).toBeCloseTo(-mean(values(scored.logProb)), 5);
      }
    });
  });
});

describeOnBackends('intervals, coverage and sharpness', () => {
  it('of a mean and a variance are those of the normal', () => {
    tf.tidy(() => {
      const { lower, upper } = intervals(prediction([0, 10], [1, 2]), 0.9);
      const z = 1.6448536269514722;
      expectNumbers(values(lower), [-z, 10 - 2 * z], 1e-7);
      expectNumbers(values(upper), [z, 10 + 2 * z], 1e-7);
      expect(number(sharpness({ lower, upper }))).toBeCloseTo(3 * z, 5);
    });
  });

  it('of draws are their quantiles', () => {
    tf.tidy(() => {
      const { lower, upper } = intervals(tf.tensor3d([5, 1, 3, 2, 4], [5, 1, 1]), 0.5);
      expect([lower.shape, number(lower), number(upper)]).toEqual([[1, 1], 2, 4]);
    });
  });

  it('counts targets on the ends, and is NaN for NaN', () => {
    tf.tidy(() => {
      const interval = { lower: column([0, 0, 0, 0]), upper: column([1, 1, 1, 1]) };
      expect(number(coverage(interval, column([0, 1, 1.5, -0.1])))).toBe(0.5);
      expect(number(coverage(interval, column([0, 1, 2, 1], 'int32')))).toBe(0.75);
      expect(number(coverage(interval, column([0, 1, Number.NaN, 1])))).toBeNaN();
      const endless = { lower: column([Number.NEGATIVE_INFINITY]), upper: column([Infinity]) };
      expect(number(coverage(endless, column([3])))).toBe(1);
    });
  });
});

describeOnBackends('calibration of a model that is right', () => {
  const [samples, each, key] = [100, 10, random.key(2)];
  const count = samples * each;
  const likelihood = gaussian({ std: 0.5 });

  /** Targets drawn from the predictive distribution of one input, and that distribution with what is asked of it. */
  const drawn = () => {
    const model = bayesian()(linear(1, 1));
    const params = {
      weight: { mean: tf.ones([1, 1]), logStd: tf.zeros([1, 1]) },
      bias: { mean: tf.ones([1]), logStd: tf.zeros([1]) },
    };
    const outputs = vmapSamples({ samples })(model)(params, key, tf.ones([1, 1]));
    const noise = random.normal(random.key(3), [samples, each]);
    const y = tf.reshape(tf.add(tf.reshape(outputs, [samples, 1]), tf.mul(0.5, noise)), [count, 1]);
    const run = predict(model, { likelihood, samples, interval: 0.9 })(params, key, tf.ones([1, 1]));
    const { cdf } = predict(model, { likelihood, samples, cdf: y })(params, key, tf.ones([count, 1]));
    return { y, interval: tree.map((end) => tf.tile(end, [count, 1]))(run.interval), cdf };
  };

  it('covers as its level says, and has a uniform transform; one with less noise does not', () => {
    tf.tidy(() => {
      const { y, interval, cdf } = drawn();
      const isUniform = (values: tf.Tensor) => kolmogorov(values.dataSync() as Float32Array, (p) => p) < 1.95;
      const tolerance = 3.3 * Math.sqrt(0.09 / count);
      expect(Math.abs(number(coverage(interval, y)) - 0.9)).toBeLessThan(tolerance);
      expect(isUniform(pit({ cdf }))).toBe(true);
      const narrow = { lower: tf.mul(0.5, interval.lower), upper: tf.mul(0.5, interval.upper) };
      expect(Math.abs(number(coverage(narrow, y)) - 0.9)).toBeGreaterThan(tolerance);
      expect(isUniform(tf.square(pit({ cdf })))).toBe(false);
      const normal = { mean: tf.zeros([count, 1]), uncertainty: { total: tf.ones([count, 1]) } };
      const z = random.normal(random.key(4), [count, 1]);
      expect(isUniform(pit(normal, z))).toBe(true);
      expect(isUniform(pit(normal, tf.mul(z, 0.7)))).toBe(false);
      expect(Math.abs(number(coverage(intervals(normal, 0.9), z)) - 0.9)).toBeLessThan(tolerance);
    });
  });
});

describeOnBackends('pit', () => {
  it('is the distribution function at the target', () => {
    tf.tidy(() => {
      expectNumbers(
        values(pit(prediction([0, 1], [1, 2]), column([-1, 5]))),
        [normalCdf(-1), normalCdf(2)],
        1e-6,
      );
      expectNumbers(values(pit(prediction([0, 1], [0, 0]), column([0, 5]))), [0.5, 1], 1e-6);
      expectNumbers(values(pit({ cdf: { atMost: column([0.2, 0.9]) } })), [0.2, 0.9]);
    });
  });

  it('is uniform inside of the steps of counts', () => {
    tf.tidy(() => {
      const cdf = { below: tf.fill([500, 1], 0.2), atMost: tf.fill([500, 1], 0.6) };
      const drawn = pit({ cdf }, { key: random.key(0) });
      expect(kolmogorov(drawn.dataSync() as Float32Array, (p) => (p - 0.2) / 0.4)).toBeLessThan(1.95);
      expect(() => pit({ cdf })).toThrow('pit: key must be given for counts');
      expect(() => pit({ cdf }, { key: 1 as never })).toThrow('pit: key must be a random key, got 1');
    });
  });
});

describeOnBackends('scores of regression', () => {
  it('leak nothing and leave their arguments alone', () => {
    const given = prediction([0, 1], [1, 2]);
    const [y, draws, key] = [column([1, 1]), tf.zeros([3, 2, 1]), random.key(0)];
    const cdf = { below: column([0.1, 0.2]), atMost: column([0.5, 0.6]) };
    const interval = intervals(given, 0.5);
    expectNoLeak(() => [rmse(given.mean, y), meanAbsoluteError(given.mean, y), logScore({ logProb: y })]);
    expectNoLeak(() => [crps(given, y), crps(draws, y), intervals(given, 0.5), intervals(draws, 0.5)]);
    expectNoLeak(() => [coverage(interval, y), sharpness(interval)]);
    expectNoLeak(() => [pit(given, y), pit({ cdf }, { key }), pit({ cdf: { atMost: cdf.below } })]);
    expect(take(y)).toEqual([1, 1]);
    tf.dispose([
      given.mean,
      given.uncertainty.total,
      draws,
      ...Object.values(cdf),
      ...Object.values(interval),
    ]);
  });

  it('refuse what does not fit, by name', () => {
    tf.tidy(() => {
      const given = prediction([0, 1], [1, 2]);
      const [flat, y] = [tf.zeros([2]), column([1, 1])];
      const classes = { mean: tf.fill([2, 3], 1 / 3), uncertainty: { total: flat } };
      for (const [f, message] of [
        [() => rmse(y, flat), "rmse: targets must be of the output's shape [2, 1]"],
        [() => meanAbsoluteError(y, flat), "meanAbsoluteError: targets must be of the output's shape [2, 1]"],
        [() => crps(given, flat), "crps: targets must be of the output's shape [2, 1]"],
        [() => crps(classes, y), 'crps: prediction must be one of numbers, with mean and uncertainty.total'],
        [() => crps(y as never, flat), "crps: targets must be of the output's shape [1]"],
        [() => crps(tf.zeros([1, 2, 1]), y), 'crps: draws must be at least two, got'],
        [
          () => crps(given as never, y, { estimator: 'fair' }),
          'crps: estimator must be left out for a prediction',
        ],
        [
          () => crps(tf.zeros([2, 2, 1]), y, { estimator: 'best' as never }),
          "crps: estimator must be 'fair' or",
        ],
        [() => logScore(given as never), 'logScore: prediction must be one with logProb (give predict'],
        [() => intervals(given, 90), 'intervals: level must be a probability above 0 and below 1, got 90'],
        [() => intervals(classes, 0.9), 'intervals: prediction must be one of numbers'],
        [() => intervals(flat, 0.9), 'intervals: draws must be a tensor of shape [samples, batch, outputs]'],
        [() => coverage(given as never, y), 'coverage: interval must be { lower, upper }'],
        [
          () => coverage({ lower: y, upper: y }, flat),
          "coverage: targets must be of the output's shape [2, 1]",
        ],
        [() => sharpness({ lower: y, upper: flat }), 'sharpness: interval must be { lower, upper }'],
        [
          () => pit(given as never),
          'pit: prediction must be one with cdf (give predict the option cdf: targets)',
        ],
        [() => pit(given, flat), "pit: targets must be of the output's shape [2, 1]"],
        [() => pit(classes, y), 'pit: prediction must be one of numbers'],
      ] as const)
        expect(f).toThrow(message);
    });
  });
});
