import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { flat, laplace, normal, type Prior, quiet, random, scaleMixture, studentT } from '../../src/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { kolmogorov } from '../support/kolmogorov.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { take } from '../support/numbers.ts';

const priors: Readonly<Record<string, Prior>> = {
  normal: normal({ mean: 0.5, std: 2 }).prior,
  laplace: laplace({ mean: -0.3, scale: 0.5 }),
  studentT: studentT({ degreesOfFreedom: 3, mean: 0.2, scale: 0.7 }).prior,
  scaleMixture: scaleMixture({ weights: [0.2, 0.5, 0.3], stds: [2, 0.1, 0.7] }),
};

/** The distribution function of a prior, by its log density on a fine grid. */
const cumulative = (prior: Prior): ((x: number) => number) => {
  const [low, high, count] = [-100, 100, 40_001];
  const width = (high - low) / (count - 1);
  const grid = tf.tidy(() => tf.add(tf.mul(tf.range(0, count), width), low));
  const density = take(tf.tidy(() => prior.logProb(grid, undefined))).map(Math.exp);
  grid.dispose();
  const sums = new Float64Array(count);
  for (let i = 1; i < count; i++) sums[i] = sums[i - 1]! + 0.5 * (density[i]! + density[i - 1]!) * width;
  return (x) => {
    const at = Math.min(Math.max((x - low) / width, 0), count - 1.001);
    const [below, share] = [Math.floor(at), at % 1];
    return sums[below]! + share * (sums[below + 1]! - sums[below]!);
  };
};

describeOnBackends('the sample of a prior', () => {
  it.each(Object.keys(priors))('has the distribution of its density: %s', (name) => {
    for (const prior of [priors[name]!, priors[name]!.rescale(0.5)]) {
      const draws = Float32Array.from(take(prior.sample!([many(4000)], random.key(7))));
      // Exceeded by one in a thousand.
      expect(kolmogorov(draws, cumulative(prior))).toBeLessThan(1.95);
    }
  });

  it.each(Object.keys(priors))(
    'has the given shape, depends on the key alone and leaves no tensors: %s',
    (name) => {
      const { sample } = priors[name]!;
      expectNoLeak(() => sample!([2, 3], random.key(1)));
      const [first, again, other] = [1, 1, 2].map((seed) => {
        const drawn = sample!([2, 3], random.key(seed));
        expect(drawn.shape).toEqual([2, 3]);
        return take(drawn);
      });
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
    },
  );

  it('takes tensors for mean and standard deviation', () => {
    const prior = normal({ mean: tf.tensor1d([5, -5]), std: tf.tensor1d([1e-3, 1]) }).prior;
    const [near, far] = take(prior.sample!([2], random.key(0))) as [number, number];
    expect(Math.abs(near - 5)).toBeLessThan(5e-3);
    expect(Math.abs(far + 5)).toBeLessThan(5);
  });

  it('is not there for what is not a distribution of its own', () => {
    for (const prior of [flat(), quiet()]) expect(prior.sample).toBeUndefined();
  });
});
