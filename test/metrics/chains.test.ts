import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { effectiveSampleSize, random, rHat, tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values, valuesOfEach } from '../support/numbers.ts';

type Chains = readonly (readonly number[])[];

const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

const halves = (chains: Chains): Chains => {
  const half = Math.floor(chains[0]!.length / 2);
  return [...chains.map((each) => each.slice(0, half)), ...chains.map((each) => each.slice(-half))];
};

/** Within and pooled variance, in doubles. */
const chainVariances = (chains: Chains) => {
  const n = chains[0]!.length;
  const means = chains.map(mean);
  const within = mean(chains.map((each, c) => each.reduce((s, x) => s + (x - means[c]!) ** 2, 0) / (n - 1)));
  const between = means.reduce((s, x) => s + (x - mean(means)) ** 2, 0) / (chains.length - 1);
  return { n, means, within, pooled: ((n - 1) / n) * within + between };
};

/** As Stan computes it, without ranks: written as loops, in doubles. */
const effectiveSize = (given: Chains): number => {
  const chains = halves(given);
  const { n, means, within, pooled } = chainVariances(chains);
  const rho = (lag: number) =>
    1 -
    (within -
      mean(
        chains.map(
          (each, c) =>
            each
              .slice(0, n - lag)
              .reduce((s, x, i) => s + (x - means[c]!) * (each[i + lag]! - means[c]!), 0) / n,
        ),
      )) /
      pooled;
  let [tau, least, lag] = [-1, Number.POSITIVE_INFINITY, 0];
  for (; lag + 1 < n; lag += 2) {
    const even = lag === 0 ? 1 : rho(lag);
    const pair = even + rho(lag + 1);
    if (!(pair > 0)) {
      tau += Math.max(even, 0);
      break;
    }
    least = Math.min(least, pair);
    tau += 2 * least;
  }
  const all = n * chains.length;
  return all / Math.max(tau, 1 / Math.log10(all));
};

/** Chains of autoregressive draws, `[chains, draws]`. */
const autoregressive = (seed: number, chains: number, draws: number, by: number): Chains => {
  const noise = values(random.normal(random.key(seed), [chains, draws]));
  return Array.from({ length: chains }, (_, c) => {
    const out: number[] = [];
    for (let i = 0; i < draws; i++) out.push(by * (out[i - 1] ?? 0) + noise[c * draws + i]!);
    return out;
  });
};

const tensor = (chains: Chains) => tf.tensor2d(chains.map((each) => [...each]));

describeOnBackends('rHat and effectiveSampleSize', () => {
  it('are those of loops in doubles, for correlated and anticorrelated draws and odd lengths', () => {
    for (const [seed, chains, draws, by] of [
      [1, 4, 60, 0.7],
      [2, 2, 41, -0.5],
      [3, 1, 30, 0],
      [4, 3, 50, 0.95],
    ] as const) {
      const all = autoregressive(seed, chains, draws, by);
      const { within, pooled } = chainVariances(halves(all));
      const [ratio, size] = valuesOfEach([rHat(tensor(all)), effectiveSampleSize(tensor(all))]);
      expectNumbers(ratio!, [Math.sqrt(pooled / within)], 1e-4);
      expectNumbers(size!, [effectiveSize(all)], 1e-3);
    }
  });

  it('are near 1 and the number of independent draws', () => {
    const draws = random.normal(random.key(1), [4, 250, 3]);
    const [ratios, sizes] = valuesOfEach([rHat(draws), effectiveSampleSize(draws)]);
    for (const ratio of ratios!) expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
    for (const size of sizes!) expect(Math.abs(size / 1000 - 1)).toBeLessThan(0.35);
  });

  it('see chains that have not mixed, or have not yet stopped drifting', () => {
    const draws = random.normal(random.key(2), [4, 100]);
    const apart = tf.add(draws, tf.tensor2d([[0], [0], [0], [2]]));
    const drifting = tf.add(draws, tf.mul(0.03, tf.range(0, 100)));
    for (const bad of [apart, drifting]) {
      const [[ratio], [size]] = valuesOfEach([rHat(bad), effectiveSampleSize(bad)]) as [number[], number[]];
      expect(ratio).toBeGreaterThan(1.1);
      expect(size).toBeLessThan(40);
    }
  });

  it('are of each element of each variable', () => {
    const weights = {
      a: random.normal(random.key(1), [2, 20, 2, 3]),
      b: random.normal(random.key(2), [2, 20]),
    };
    const ratios = tree.map((x) => rHat(x))(weights);
    expect([ratios.a.shape, ratios.b.shape]).toEqual([[2, 3], []]);
    const one = tf.squeeze(tf.slice(weights.a, [0, 0, 1, 2], [2, 20, 1, 1]), [2, 3]);
    expectNumbers(take(rHat(one)), [values(ratios.a)[5]!]);
    expectNumbers(take(effectiveSampleSize(one)), [values(effectiveSampleSize(weights.a))[5]!], 1e-4);
  });

  it('are NaN without variance, and for draws that are not numbers', () => {
    const wrong = tf.tensor3d([1, 1, 1, 1, 1, 2, 3, Number.NaN].map((x) => [[x]]).flat(2), [1, 4, 2]);
    for (const f of [rHat, effectiveSampleSize])
      for (const draws of [wrong, tf.ones([2, 6])])
        for (const value of take(f(draws))) if (draws.rank === 2) expect(value).toBeNaN();
    expect(take(rHat(tf.tensor2d([[1, 2, 3, Number.NaN]])))).toEqual([Number.NaN]);
  });

  it('refuse draws of another shape', () => {
    for (const [name, f] of Object.entries({ rHat, effectiveSampleSize }))
      for (const draws of [tf.ones([4]), tf.ones([2, 3]), [1, 2] as never])
        expect(() => f(draws)).toThrow(
          `${name}: draws must be a tensor of shape [chains, draws, ...] with at least 4`,
        );
  });

  it('leave no tensors behind', () => {
    const draws = random.normal(random.key(1), [2, 20, 3]);
    expectNoLeak(() => [rHat(draws), effectiveSampleSize(draws)]);
  });
});
