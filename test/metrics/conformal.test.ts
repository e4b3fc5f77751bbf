import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conformal } from '../../src/metrics/index.ts';
import * as random from '../../src/random/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, many, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** The standard normal distribution function to 1e-7 (Abramowitz and Stegun 1964, 7.1.26). */
const normalCdf = (x: number): number => {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const erf = 1 - terms.reduce((sum, term) => sum * t + term, 0) * t * Math.exp(-z * z);
  return 0.5 * (1 + Math.sign(x) * erf);
};

/** The distribution function of Beta(k, n + 1 - k): that of the k-th smallest of n uniform numbers. */
const betaCdf = (k: number, n: number, x: number): number => {
  let [weight, below] = [(1 - x) ** n, 0];
  for (let i = 0; i < k; i++) {
    below += weight;
    weight *= ((n - i) / (i + 1)) * (x / (1 - x));
  }
  return 1 - below;
};

/** What `f` gives for each number below n, one after another: each waits for a reading of its own. */
const inTurn = async <T>(n: number, f: (index: number) => Promise<T>): Promise<readonly T[]> => {
  const results: T[] = [];
  for (const index of upTo(Math.ceil(n))) results.push(await f(index));
  return results;
};

const LEVEL = 0.9;
const ROWS = 50;
const NEEDED = 46;
const splits = many(150);

/** Expects coverages over independent calibration sets to be Beta(k, n + 1 - k): their mean, and their distribution. */
const expectBeta = (coverages: readonly number[]): void => {
  expectMean(coverages, NEEDED / (ROWS + 1));
  const sorted = [...coverages].sort((a, b) => a - b);
  const gaps = sorted.map((x, i) => {
    const expected = betaCdf(NEEDED, ROWS, x);
    return Math.max(expected - i / sorted.length, (i + 1) / sorted.length - expected);
  });
  // Kolmogorov and Smirnov's statistic, which is above 1.95 once in a thousand.
  expect(Math.max(...gaps) * Math.sqrt(sorted.length)).toBeLessThan(1.95);
};

describeOnBackends('conformal.regression', () => {
  it('covers as the beta distribution says, over calibration sets', async () => {
    const mean = tf.zeros([ROWS]);
    const coverages = await inTurn(splits, async (split) => {
      const targets = random.normal(random.foldIn(random.key(0), split), [ROWS]);
      const { margins } = await conformal.regression({ level: LEVEL })({ mean }, targets);
      targets.dispose();
      return 2 * normalCdf(margins[0]!) - 1;
    });
    mean.dispose();
    expectBeta(coverages);
  });

  it('has the margin of the needed rank, for each output, in its unit or in standard deviations', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0.5, 0.8, 0.9),
        fc.boolean(),
        fc.integer(),
        async (rows, outputs, level, normalized, seed) => {
          const key = random.key(Math.abs(seed));
          const [mean, targets, total] = [
            random.normal(random.foldIn(key, 0), [rows, outputs]),
            random.normal(random.foldIn(key, 1), [rows, outputs]),
            random.uniform(random.foldIn(key, 2), [rows, outputs], { min: 0.5, max: 2 }),
          ];
          const prediction = { mean, uncertainty: { total } };
          const fitted = conformal.regression({ level, normalized })(prediction, targets);
          const fewest = Math.ceil(level / (1 - level) - 1e-9);
          if (rows < fewest) {
            await expect(fitted).rejects.toThrow(
              `conformal.regression: targets must be at least ${fewest} rows for a level of ${level}, got ${rows}`,
            );
          } else {
            const [m, y, v] = [mean, targets, total].map(values);
            const { margins, apply } = await fitted;
            const needed = Math.ceil((rows + 1) * level - 1e-9);
            const expected = upTo(outputs).map((output) => {
              const scores = upTo(rows).map((row) => {
                const at = row * outputs + output;
                return Math.abs(y![at]! - m![at]!) / (normalized ? Math.sqrt(v![at]!) : 1);
              });
              return scores.sort((a, b) => a - b)[needed - 1]!;
            });
            expectNumbers(margins, expected);
            const { lower, upper } = apply(prediction);
            const half = m!.map((_, at) => expected[at % outputs]! * (normalized ? Math.sqrt(v![at]!) : 1));
            expectNumbers(
              take(lower),
              m!.map((each, at) => each - half[at]!),
            );
            expectNumbers(
              take(upper),
              m!.map((each, at) => each + half[at]!),
            );
          }
          tf.dispose([mean, targets, total]);
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it('is made again from its JSON, and leaks nothing', async () => {
    const [mean, targets] = [tf.zeros([20]), tf.range(-10, 10)];
    const before = tf.memory().numTensors;
    const intervals = await conformal.regression({ level: LEVEL })({ mean }, targets);
    await expect(conformal.regression({ level: 0.99 })({ mean }, targets)).rejects.toThrow('99 rows');
    expect(tf.memory().numTensors).toBe(before);
    expect(JSON.parse(JSON.stringify(intervals))).toEqual({ level: 0.9, normalized: false, margins: [9] });
    const again = conformal.regression(JSON.parse(JSON.stringify(intervals)));
    expectNoLeak(() => again.apply({ mean }));
    expect(values(again.apply({ mean }).lower)).toEqual(Array(20).fill(-9));
    tf.dispose([mean, targets]);
  });

  it('refuses what does not fit, by name', async () => {
    for (const level of [0, 1, 90, Number.NaN, '0.9']) {
      expect(() => conformal.regression({ level: level as number })).toThrow(
        'conformal.regression: level must be above 0 and below 1, got ',
      );
    }
    const [mean, targets] = [tf.zeros([20]), tf.range(0, 20)];
    const fit = conformal.regression({ level: LEVEL });
    await expect(fit({ mean }, tf.ones([20, 1]))).rejects.toThrow(
      'conformal.regression: targets must be a tensor of shape [20], got ',
    );
    await expect(conformal.regression({ level: LEVEL, normalized: true })({ mean }, targets)).rejects.toThrow(
      'conformal.regression: uncertainty, with normalized, must be ',
    );
    const missing = tf.where(tf.equal(targets, 7), Number.NaN, targets);
    await expect(fit({ mean }, missing)).rejects.toThrow(
      'conformal.regression: the score of row 7 must be a finite number, got NaN',
    );
    const { apply } = await fit({ mean }, targets);
    expect(() => apply({ mean: tf.zeros([5, 2]) })).toThrow(
      'conformal.regression: the prediction must be of 1 outputs, as it was fitted to, got 2',
    );
    expect(() => conformal.regression({ level: LEVEL, margins: [] })).toThrow(
      'conformal.regression: margins must be a finite number for each output, got []',
    );
  });
});

describeOnBackends('conformal.quantiles', () => {
  it('covers as the beta distribution says, over calibration sets, whether it widens or narrows', async () => {
    for (const [low, high] of [
      [-0.5, 1],
      [-3, 4],
    ] as const) {
      const predicted = { lower: tf.fill([ROWS], low), upper: tf.fill([ROWS], high) };
      const margins = await inTurn(splits, async (split) => {
        const targets = random.normal(random.foldIn(random.key(1), split), [ROWS]);
        const fitted = await conformal.quantiles({ level: LEVEL })(predicted, targets);
        targets.dispose();
        return fitted.margins[0]!;
      });
      tf.dispose([predicted.lower, predicted.upper]);
      expect(margins.every((margin) => margin > 0)).toBe(low > -1);
      expectBeta(margins.map((margin) => normalCdf(high + margin) - normalCdf(low - margin)));
    }
  });

  it('is made again from its JSON, leaks nothing, and leaves the middle of an interval with nothing left', async () => {
    const predicted = { lower: tf.fill([20], -10), upper: tf.fill([20], 30) };
    const targets = tf.linspace(9.5, 10.5, 20);
    const before = tf.memory().numTensors;
    const intervals = await conformal.quantiles({ level: LEVEL })(predicted, targets);
    expect(tf.memory().numTensors).toBe(before);
    const again = conformal.quantiles(JSON.parse(JSON.stringify(intervals)));
    expect(again.margins).toEqual(intervals.margins);
    expect(again.margins[0]).toBeLessThan(-19);
    expectNoLeak(() => again.apply(predicted));
    const narrow = { lower: tf.tensor1d([1, -100]), upper: tf.tensor1d([2, 100]) };
    const { lower, upper } = again.apply(narrow);
    expect([values(lower)[0], values(upper)[0]]).toEqual([1.5, 1.5]);
    expect(values(lower)[1]).toBeCloseTo(-100 - again.margins[0]!, 4);
    tf.dispose([predicted, targets, narrow, lower, upper].flatMap((each) => Object.values(each) as never));
    await expect(
      conformal.quantiles({ level: LEVEL })({ lower: tf.zeros([9]) } as never, tf.zeros([9])),
    ).rejects.toThrow('conformal.quantiles: quantiles');
  });
});

/** The probability that a set has a class drawn from `truth`, for a threshold: a sum of lengths of uniform draws. */
const coverage = (model: readonly number[], truth: readonly number[], threshold: number): number =>
  truth.reduce((sum, share, k) => {
    const before = model.reduce((total, p) => (p > model[k]! ? total + p : total), 0);
    return sum + share * Math.min(Math.max((threshold - before) / model[k]!, 0), 1);
  }, 0);

const model = [0.5, 0.3, 0.15, 0.05];

/** Labels of one row each, from classes of some frequencies. */
const drawLabels = (key: random.Key, truth: readonly number[], rows: number): tf.Tensor =>
  tf.tidy(() => random.categorical(key, tf.tile(tf.log(tf.tensor2d([[...truth]])), [rows, 1])));

describeOnBackends('conformal.sets', () => {
  it.each([
    ['a right model', model],
    ['a wrong model', [0.2, 0.3, 0.1, 0.4]],
  ])('randomised cover exactly as the beta distribution says, with %s', async (_, truth) => {
    const p = tf.tidy(() => tf.tile(tf.tensor2d([model]), [ROWS, 1]));
    const coverages = await inTurn(splits, async (split) => {
      const [ofLabels, ofSets] = random.split(random.foldIn(random.key(2), split));
      const labels = drawLabels(ofLabels!, truth, ROWS);
      const { threshold } = await conformal.sets({ level: LEVEL, key: ofSets! })(p, labels);
      labels.dispose();
      return coverage(model, truth, threshold);
    });
    p.dispose();
    expectBeta(coverages);
  });

  it('applied to new rows have the true class that often', async () => {
    const rows = many(20_000);
    const truth = [0.2, 0.3, 0.1, 0.4];
    const p = tf.tidy(() => tf.tile(tf.tensor2d([model]), [rows, 1]));
    const labels = drawLabels(random.key(3), truth, rows);
    const isTrue = tf.tidy(() => tf.equal(tf.expandDims(labels, 1), tf.range(0, 4, 1, 'int32')));
    const covered = (sets: tf.Tensor): readonly number[] =>
      take(tf.tidy(() => tf.cast(tf.any(tf.logicalAnd(sets, isTrue), 1), 'float32')));
    const exact = conformal.sets({ level: LEVEL, threshold: 0.7, randomized: true });
    expectMean(covered(tf.tidy(() => exact.apply(p, random.key(4)))), coverage(model, truth, 0.7));
    // Without a key: the classes whose sum is at most the threshold.
    const plain = conformal.sets({ level: LEVEL, threshold: 0.9 });
    expectMean(covered(tf.tidy(() => plain.apply(p))), 0.5);
    tf.dispose([p, labels, isTrue]);
  });

  it('without a key cover at least the level, and are never empty', async () => {
    const p = tf.tidy(() => tf.tile(tf.tensor2d([model]), [ROWS, 1]));
    const coverages = await inTurn(splits / 4, async (split) => {
      const labels = drawLabels(random.foldIn(random.key(5), split), model, ROWS);
      const { apply } = await conformal.sets({ level: LEVEL })(p, labels);
      const [sets = []] = tf.tidy(() => apply(p).arraySync() as number[][]);
      labels.dispose();
      return model.reduce((sum, share, k) => sum + share * sets[k]!, 0);
    });
    expect(coverages.reduce((sum, each) => sum + each) / coverages.length).toBeGreaterThan(LEVEL);
    const none = conformal.sets({ level: LEVEL, threshold: 0.1 });
    expect(take(tf.tidy(() => tf.slice(none.apply(p), 0, 1)))).toEqual([1, 0, 0, 0]);
    p.dispose();
  });

  it('have the classes up to the threshold, ties together (property)', () => {
    const row = fc
      .array(fc.constantFrom(0, 1, 1, 2, 5), { minLength: 4, maxLength: 4 })
      .filter((weights) => weights.some((each) => each > 0));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), fc.double({ min: 0, max: 1 }), (rows, at) =>
        tf.tidy(() => {
          const p = rows.map((weights) => {
            const total = weights.reduce<number>((sum, each) => sum + each, 0);
            return weights.map((each) => each / total);
          });
          const threshold = at + 1e-4;
          const sets = conformal.sets({ level: LEVEL, threshold }).apply(tf.tensor2d(p));
          expect(sets.dtype).toBe('bool');
          const expected = p.map((each) =>
            each.map((q) => {
              const sum = each.reduce<number>(
                (total, other) => (other >= q - 1e-6 ? total + other : total),
                0,
              );
              return sum <= threshold || q >= Math.max(...each) - 1e-6 ? 1 : 0;
            }),
          );
          // Sums too near the threshold may fall on either side of it.
          const sure = p.every((each) =>
            each.every((q) => {
              const sum = each.reduce<number>(
                (total, other) => (other >= q - 1e-6 ? total + other : total),
                0,
              );
              return Math.abs(sum - threshold) > 1e-6;
            }),
          );
          if (sure) expect(values(sets)).toEqual(expected.flat());
        }),
      ),
      { numRuns: runs(100) },
    );
  });

  it('are made again from JSON, keep further axes and leak nothing', async () => {
    const p = tf.softmax(random.normal(random.key(6), [30, 4]));
    const labels = tf.tidy(() => tf.cast(tf.mod(tf.range(0, 30), 4), 'int32'));
    const before = tf.memory().numTensors;
    const sets = await conformal.sets({ level: LEVEL })(p, labels);
    const drawn = await conformal.sets({ level: LEVEL, key: random.key(7) })(p, labels);
    expect(tf.memory().numTensors).toBe(before);
    const again = conformal.sets(JSON.parse(JSON.stringify(sets)));
    expect(take(again.apply(p))).toEqual(take(sets.apply(p)));
    const other = conformal.sets(JSON.parse(JSON.stringify(drawn)) as typeof drawn & { randomized: true });
    expect(take(other.apply(p, random.key(8)))).toEqual(take(drawn.apply(p, random.key(8))));
    expectNoLeak(() => drawn.apply(p, random.key(8)));
    const cube = tf.reshape(p, [5, 6, 4]);
    expect(take(vmap((each: tf.Tensor) => sets.apply(each))(cube))).toEqual(take(sets.apply(p)));
    const cubic = sets.apply(cube);
    expect(cubic.shape).toEqual([5, 6, 4]);
    expect(take(cubic)).toEqual(take(sets.apply(p)));
    tf.dispose([p, labels, cube]);
  });

  it('refuse what does not fit, by name', async () => {
    const [p, labels] = [tf.fill([5, 2], 0.5), tf.zeros([5], 'int32')];
    await expect(conformal.sets({ level: LEVEL })(p, labels)).rejects.toThrow(
      'conformal.sets: targets must be at least 9 rows for a level of 0.9, got 5',
    );
    await expect(conformal.sets({ level: LEVEL })(tf.fill([5, 1], 0.5), labels)).rejects.toThrow(
      'conformal.sets: probabilities must be a tensor of shape [rows, classes], of two classes or more, got ',
    );
    await expect(conformal.sets({ level: 0.5 })(p, tf.fill([5], 7))).rejects.toThrow('conformal.sets: ');
    expect(() => conformal.sets({ level: LEVEL, key: 3 as never })).toThrow(
      'conformal.sets: key must be a random key, got 3',
    );
    expect(() => conformal.sets({ level: LEVEL, threshold: Number.NaN })).toThrow(
      'conformal.sets: threshold must be a finite number, got NaN',
    );
    const drawn = conformal.sets({ level: LEVEL, threshold: 0.5, randomized: true });
    expect(() => drawn.apply(p, undefined as never)).toThrow('conformal.sets: key must be a random key');
  });
});
