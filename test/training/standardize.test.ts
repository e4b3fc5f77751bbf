import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bayesian, gaussian, linear, predict, random, standardize, tree } from '../../src/index.ts';
import type { ScaledPrediction } from '../../src/training/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values, valuesOfEach } from '../support/numbers.ts';

/** Means and standard deviations of columns of plain numbers, in doubles. */
const moments = (rows: readonly (readonly number[])[]) =>
  rows[0]!.map((_, column) => {
    const all = rows.map((row) => row[column]!);
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    return { mean, std: Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length) };
  });

describeOnBackends('standardize', () => {
  const drawn = fc.record({
    rows: fc.integer({ min: 2, max: 30 }),
    columns: fc.integer({ min: 1, max: 4 }),
    scale: fc.constantFrom(1e-6, 0.3, 1, 1e5),
    center: fc.constantFrom(0, -3, 20),
    seed: fc.nat(1000),
  });

  it('has the moments of each column, and gives it mean 0 and deviation 1; invert gives it back', () => {
    fc.assert(
      fc.property(drawn, ({ rows, columns, scale, center: offset, seed }) => {
        tf.tidy(() => {
          const x = tf.mul(tf.add(random.normal(random.key(seed), [rows, columns]), offset), scale);
          // A tensor that no operation has used: one on a GPU cannot always be read at once.
          const plain = x.arraySync() as number[][];
          const { mean, std, apply, invert } = standardize(tf.tensor2d(plain));
          const expected = moments(plain);
          mean.forEach((each, column) => {
            const { mean: center, std: spread } = expected[column]!;
            expect(Math.abs(each - center) / (spread + Math.abs(center))).toBeLessThan(1e-9);
            expect(Math.abs(std[column]! / spread - 1)).toBeLessThan(1e-9);
          });
          const standard = apply(x);
          const own = moments(standard.arraySync() as number[][]);
          expectNumbers(
            own.flatMap((each) => [each.mean, each.std]),
            own.flatMap(() => [0, 1]),
            1e-5 * (1 + 20 * Math.abs(offset)),
          );
          const back = values(tf.div(tf.sub(invert(standard), x), scale * (1 + Math.abs(offset))));
          expectNumbers(
            back,
            back.map(() => 0),
            2e-6,
          );
        });
      }),
      { numRuns: runs(30) },
    );
  });

  it('takes all axes but the last as rows, and a vector as one column', () => {
    const x = random.normal(random.key(1), [4, 3, 2]);
    const flat = tf.tensor2d(Array.from(values(x)), [12, 2]);
    const deep = standardize(tf.tensor3d(Array.from(values(x)), [4, 3, 2]));
    expect([deep.mean, deep.std]).toEqual([standardize(flat).mean, standardize(flat).std]);
    expect(deep.apply(x).shape).toEqual([4, 3, 2]);
    const vector = standardize(tf.tensor1d([1, 2, 6]));
    expect(vector.mean).toEqual([3]);
    expectNumbers(take(vector.apply(tf.tensor1d([3, 4]))), [0, 1 / Math.sqrt(14 / 3)]);
    expect(vector.apply(tf.ones([5, 1])).shape).toEqual([5, 1]);
    expectNumbers(take(vector.apply(tf.tensor1d([3], 'int32'))), [0]);
  });

  it('leaves a constant column at 0, whatever rounding does to its mean', () => {
    for (const constant of [0, 0.1, -3.3e7, 1e-30]) {
      const x = tf.fill([101, 1], constant);
      const { mean, std, apply } = standardize(tf.tensor2d(Array.from(values(x)), [101, 1]));
      expect(std).toEqual([1]);
      expect(mean).toEqual([Math.fround(constant)]);
      expect(new Set(take(apply(x)))).toEqual(new Set([0]));
    }
  });

  it('keeps the spread of numbers that are large and nearly equal', () => {
    const far = [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3];
    const { mean, std, apply } = standardize(tf.tensor1d(far));
    expectNumbers([mean[0]! - 1e6, std[0]!], [1.5, Math.sqrt(1.25)], 1e-9);
    expect(Math.max(...take(apply(tf.tensor1d(far))).map(Math.abs))).toBeLessThan(1.4);
  });

  it('is JSON, from which it can be restored', () => {
    const scale = standardize(tf.tensor2d([1, 10, 2, 30], [2, 2]));
    const restored = standardize(JSON.parse(JSON.stringify(scale)));
    expect([restored.mean, restored.std]).toEqual([
      [1.5, 20],
      [0.5, 10],
    ]);
    expect(JSON.stringify(restored)).toBe('{"mean":[1.5,20],"std":[0.5,10]}');
    expect(take(restored.apply(tf.tensor2d([[2, 0]])))).toEqual([1, -2]);
    expect(take(restored.invert(tf.tensor2d([[1, -2]])))).toEqual([2, 0]);
  });

  it('gives predictions in the units of the data: those of a network whose targets were never scaled', () => {
    tf.tidy(() => {
      // The network in standard units, and the same one with its outputs in the data's.
      const { mean, std, invert } = standardize({ mean: [5, -2], std: [10, 0.5] });
      const model = bayesian()(linear(3, 2));
      const params = model.init(random.key(0));
      const scaled = {
        ...model,
        apply: (...args: Parameters<typeof model.apply>) =>
          tf.add(tf.mul(model.apply(...args), [...std]), [...mean]),
      };
      const x = random.normal(random.key(1), [4, 3]);
      const prediction = predict(model, { likelihood: gaussian({ std: 0.3 }), samples: 8 })(
        params,
        random.key(2),
        x,
      );
      const own = invert(prediction);
      const outputs = Array.from({ length: 8 }, (_, s) =>
        scaled.apply(params, random.foldIn(random.key(2), s), x),
      );
      const all = tf.stack(outputs);
      const center = tf.mean(all, 0);
      const epistemic = tf.mean(tf.square(tf.sub(all, center)), 0);
      const noise = tf.mul(tf.onesLike(center), tf.square(tf.mul(0.3, [...std])));
      const expected = [center, epistemic, noise, tf.add(epistemic, noise)];
      const { uncertainty } = own;
      valuesOfEach([own.mean, uncertainty.epistemic, uncertainty.aleatoric, uncertainty.total]).forEach(
        (each, at) => {
          expectNumbers(each, values(expected[at]!), 2e-5);
        },
      );
    });
  });

  it('shifts quantiles, bounds and samples, and gives log densities of the data', () => {
    const { invert } = standardize({ mean: [5, -2], std: [10, 0.5] });
    const row = tf.tensor2d([[1, 2]]);
    const quantiles = tf.tensor3d([0, 0, 1, 2, -1, 4], [3, 1, 2]);
    const prediction = {
      mean: row,
      uncertainty: { total: row, aleatoric: row, epistemic: row },
      quantiles,
      interval: { lower: row, upper: tf.reshape(quantiles, [3, 2]) },
      logProb: tf.tensor1d([-1]),
      cdf: { atMost: row },
    };
    const own = invert(prediction);
    expect(Object.keys(own)).toEqual(['mean', 'uncertainty', 'quantiles', 'interval', 'logProb', 'cdf']);
    const units = [5, -2, 15, -1, -5, 0];
    expect(
      valuesOfEach([own.mean, own.uncertainty.total, own.quantiles, own.interval.lower, own.interval.upper]),
    ).toEqual([[15, -1], [100, 0.5], units, [15, -1], units]);
    // A normal density of standard units, by the change of variables.
    expectNumbers(take(own.logProb), [-1 - Math.log(10 * 0.5)]);
    expect(values(own.cdf.atMost)).toEqual([1, 2]);
    expect(take(invert(quantiles))).toEqual(units);
    expectNoLeak(() => invert(prediction));
    expectNoLeak(() => invert(row));
    tree.dispose(own);
  });

  it('refuses data without rows or with NaN, other columns, and predictions of another kind', () => {
    const refused = (f: () => unknown, message: string | RegExp) =>
      expectNoLeak(() => {
        expect(f).toThrow(message);
      });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const at of [0, 1]) {
        const x = tf.tensor1d(at === 0 ? [bad, 1] : [1, bad]);
        refused(() => standardize(x), 'standardize: x must be finite, but has NaN or infinite values');
      }
    const [scalar, none] = [tf.scalar(1), tf.zeros([0, 2])];
    for (const x of [scalar, none])
      refused(
        () => standardize(x),
        'standardize: x must be a tensor [..., columns] with at least one row, got',
      );
    for (const x of [undefined, [1, 2], { mean: [1] }, { mean: ['1'], std: [1] }, { mean: [], std: [] }])
      refused(
        () => standardize(x as never),
        'standardize: x must be a tensor, or { mean, std } with a list of numbers each, got',
      );
    for (const std of [[1, 1], [0], [-1]])
      refused(
        () => standardize({ mean: [1], std }),
        'standardize: std must be 1 numbers above 0, one for each mean, got',
      );
    const { apply, invert } = standardize({ mean: [0, 0], std: [1, 1] });
    const [narrow, wide, row] = [tf.ones([2, 1]), tf.ones([2, 2]), tf.ones([2])];
    refused(() => apply(narrow), 'standardize: x must be a tensor of shape [..., 2], got');
    refused(
      () => apply([[1, 2]] as never),
      'standardize: x must be a tensor of shape [..., 2], got [[1, 2]]',
    );
    refused(() => invert(narrow), 'standardize: x must be a tensor of shape [..., 2], got');
    const all = (total: tf.Tensor) => ({ total, aleatoric: wide, epistemic: wide });
    refused(
      () => invert({ mean: narrow, uncertainty: all(wide) }),
      'standardize: mean of the prediction must be a tensor of shape [..., 2], got',
    );
    refused(
      () => invert({ mean: wide, uncertainty: all(row) }),
      "standardize: total uncertainty of the prediction must be variances of the mean's shape [2, 2], got",
    );
    refused(
      () => invert({ mean: wide } as ScaledPrediction),
      /^standardize: total uncertainty of the prediction/,
    );
    refused(
      () => invert({ mean: wide, uncertainty: all(wide), samples: wide } as ScaledPrediction),
      /^standardize: unknown option 'samples'/,
    );
  });
});
