import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  batchNorm,
  bayesian,
  effectiveSampleSize,
  flat,
  gaussian,
  hamiltonianMonteCarlo,
  layer,
  likelihood,
  linear,
  normal,
  quiet,
  random,
  rHat,
  sequential,
  studentT,
} from '../../src/index.ts';
import { describeOnBackends, fastest, start } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, valuesOfEach } from '../support/numbers.ts';
import { expectClose, expectSame } from './support/compare.ts';

const few = { samples: 5, warmup: 4, chains: 2, leapfrogSteps: 3 };

const line = bayesian({ prior: normal({ std: 2 }) })(linear(2, 1, { bias: false }));

const rows = () => ({
  inputs: tf.tensor2d([1, 0.8, -1, -0.5, 2, 1.4, 0.3, -0.6], [4, 2]) as tf.Tensor,
  targets: tf.tensor2d([0.9, -1.2, 1.5, 0.4], [4, 1]) as tf.Tensor,
});

const average = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

/** The mean of some draws and its standard error by their effective number. */
const estimate = (draws: tf.Tensor): { readonly mean: number; readonly error: number } => {
  const [all, size] = valuesOfEach([draws, effectiveSampleSize(draws)]);
  const mean = average(all!);
  const variance = average(all!.map((x) => (x - mean) ** 2));
  return { mean, error: Math.sqrt(variance / size![0]!) };
};

/** Expects the mean of draws within four standard errors. */
const expectDrawn = (draws: tf.Tensor, expected: number): void => {
  const { mean, error } = estimate(draws);
  expect(error).toBeLessThan(0.2);
  expect(Math.abs(mean - expected)).toBeLessThan(4 * error);
};

const element = (draws: tf.Tensor, at: number): tf.Tensor => {
  const [chains = 0, samples = 0] = draws.shape;
  return tf.reshape(tf.slice(tf.reshape(draws, [chains, samples, -1]), [0, 0, at], [chains, samples, 1]), [
    chains,
    samples,
  ]);
};

describe('hamiltonianMonteCarlo, against known targets', () => {
  const sample = async (f: () => void) => {
    await start(fastest === 'webgpu' ? 'webgpu' : 'wasm');
    tf.tidy(f);
  };
  const many = fastest === 'webgpu' ? { samples: 60, warmup: 60 } : { samples: 250, warmup: 150 };

  it('has the exact posterior of a linear regression with correlated inputs', async () => {
    await sample(() => {
      const { inputs, targets } = rows();
      const [x, y] = [inputs.arraySync() as number[][], targets.arraySync() as number[][]];
      // Precision X'X / 0.25 + I / 4, mean by it of X'y / 0.25.
      const product = (i: number, j: number) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / 0.25;
      const [a, b, d] = [product(0, 0) + 0.25, product(0, 1), product(1, 1) + 0.25];
      const [u, v] = [0, 1].map((i) => x.reduce((sum, row, r) => sum + row[i]! * y[r]![0]!, 0) / 0.25) as [
        number,
        number,
      ];
      const det = a * d - b * b;
      const mean = [(d * u - b * v) / det, (a * v - b * u) / det] as const;
      const covariance = [d / det, -b / det, a / det] as const;
      const run = hamiltonianMonteCarlo(line, {
        likelihood: gaussian({ std: 0.5 }),
        ...many,
        chains: 4,
        leapfrogSteps: 8,
        stepSize: 0.1,
      });
      const { weights, divergences, acceptanceRate, logJoint } = run(random.key(3), { inputs, targets });
      expect(weights.weight.shape).toEqual([4, many.samples, 2, 1]);
      expect(logJoint.shape).toEqual([4, many.samples]);
      expect([...divergences.dataSync()]).toEqual([0, 0, 0, 0]);
      for (const rate of acceptanceRate.dataSync()) expect(Math.abs(rate - 0.8)).toBeLessThan(0.2);
      const [first, second] = [element(weights.weight, 0), element(weights.weight, 1)];
      const [p, q] = [tf.sub(first, mean[0]), tf.sub(second, mean[1])];
      expectDrawn(first, mean[0]);
      expectDrawn(second, mean[1]);
      expectDrawn(tf.square(p), covariance[0]);
      expectDrawn(tf.mul(p, q), covariance[1]);
      expectDrawn(tf.square(q), covariance[2]);
      for (const value of rHat(weights.weight).dataSync()) expect(value).toBeLessThan(1.05);
    });
  });

  it('has a correlated normal, and a prior that the data does not touch', async () => {
    await sample(() => {
      const correlation = 0.8;
      const pair = layer({ w: [2], tail: [] }, ({ w, tail }) => (x: tf.Tensor) => ({
        w: tf.add(w, tf.sum(x)),
        tail,
      }));
      // A normal of correlation 0.8 in place of data, under a flat prior.
      const target = likelihood({
        name: 'correlated',
        logProb: ({ w }: { readonly w: tf.Tensor }, t: tf.Tensor) => {
          const [a, b] = tf.unstack(w) as [tf.Tensor, tf.Tensor];
          const quadratic = tf.sub(tf.add(tf.square(a), tf.square(b)), tf.mul(2 * correlation, tf.mul(a, b)));
          return tf.add(tf.mul(quadratic, -0.5 / (1 - correlation ** 2)), tf.mul(0, t));
        },
      });
      const model = bayesian({ prior: flat() })(pair);
      const run = hamiltonianMonteCarlo(model, {
        likelihood: target as never,
        ...many,
        chains: 4,
        leapfrogSteps: 8,
        stepSize: 0.1,
      });
      const { weights } = run(random.key(4), { inputs: tf.zeros([1]), targets: tf.zeros([1]) } as never);
      const [a, b] = [element(weights.w, 0), element(weights.w, 1)];
      expectDrawn(a, 0);
      expectDrawn(tf.square(b), 1);
      expectDrawn(tf.mul(a, b), correlation);
    });
  });
});

describeOnBackends('hamiltonianMonteCarlo', () => {
  it('is the same for the same key, and each chain the same among others', () => {
    const run = (chains: number, seed: number) =>
      hamiltonianMonteCarlo(line, { likelihood: gaussian({ std: 0.5 }), ...few, chains })(
        random.key(seed),
        rows(),
      );
    const all = run(3, 1);
    expectSame(run(3, 1), all);
    expectClose(run(1, 1).weights.weight, tf.slice(all.weights.weight, 0, 1), 1e-3);
    const others = valuesOfEach([run(3, 2).weights.weight, all.weights.weight]);
    expect(others[0]).not.toEqual(others[1]);
  });

  it('keeps its step size without a warmup', () => {
    const { stepSize, weights, acceptanceRate } = hamiltonianMonteCarlo(line, {
      likelihood: gaussian({ std: 0.5 }),
      ...few,
      warmup: 0,
      stepSize: 0.05,
      jitter: 0,
    })(random.key(0), rows());
    expectNumbers([...stepSize.dataSync()], [0.05, 0.05]);
    expect(weights.weight.shape).toEqual([2, 5, 2, 1]);
    expect(Math.min(...acceptanceRate.dataSync())).toBeGreaterThan(0.9);
  });

  it('counts divergent transitions of far too large steps', () => {
    const { divergences, acceptanceRate } = hamiltonianMonteCarlo(line, {
      likelihood: gaussian({ std: 0.05 }),
      ...few,
      warmup: 0,
      stepSize: 20,
    })(random.key(0), rows());
    expect([...divergences.dataSync()]).toEqual([5, 5]);
    expect([...acceptanceRate.dataSync()]).toEqual([0, 0]);
  });

  it('refuses what it cannot sample, and options out of range', () => {
    const by = { likelihood: gaussian({ std: 1 }) };
    const calls: readonly (readonly [() => unknown, string])[] = [
      [
        () => hamiltonianMonteCarlo(linear(2, 1) as never, by as never),
        'hamiltonianMonteCarlo: model must be',
      ],
      [
        () => hamiltonianMonteCarlo(bayesian({ prior: quiet() })(linear(2, 1)), by),
        "logJoint: prior of 'weight' must be",
      ],
      [
        () => hamiltonianMonteCarlo(bayesian()(sequential(linear(2, 1), batchNorm(1))), by),
        "hamiltonianMonteCarlo: model must be one without statistics, such as those of batchNorm, got '1.runningMean'",
      ],
      [
        () => hamiltonianMonteCarlo(bayesian()(sequential((x: tf.Tensor) => tf.relu(x))), by as never),
        'hamiltonianMonteCarlo: model must be one with at least one variable',
      ],
      [
        () => hamiltonianMonteCarlo(line, { ...by, samples: 0 }),
        'hamiltonianMonteCarlo: samples must be a positive integer, got 0',
      ],
      [
        () => hamiltonianMonteCarlo(line, { ...by, warmup: -1 }),
        'hamiltonianMonteCarlo: warmup, unless it is 0, must be a positive integer, got -1',
      ],
      [
        () => hamiltonianMonteCarlo(line, { ...by, targetAcceptance: 1 }),
        'hamiltonianMonteCarlo: targetAcceptance must be a number above 0 and below 1, got 1',
      ],
      [
        () => hamiltonianMonteCarlo(line, { ...by, jitter: 1 }),
        'hamiltonianMonteCarlo: jitter must be a number from 0 to below 1, got 1',
      ],
      [() => hamiltonianMonteCarlo(line, { ...by, stepSize: 0 }), 'hamiltonianMonteCarlo: stepSize must be'],
      [() => hamiltonianMonteCarlo(line, by)(0 as never, rows()), 'hamiltonianMonteCarlo: key must be'],
      [
        () =>
          hamiltonianMonteCarlo(line, { ...by, ...few })(random.key(0), { inputs: rows().inputs } as never),
        'logJoint: batch must be',
      ],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
  });

  it('refuses to start where the density is not finite, where it can be read', () => {
    const run = hamiltonianMonteCarlo(line, { likelihood: gaussian({ std: 0.5 }), ...few });
    const endless = { ...rows(), targets: tf.fill([4, 1], Number.POSITIVE_INFINITY) };
    if (canReadSync())
      expect(() => run(random.key(0), endless)).toThrow(
        'hamiltonianMonteCarlo: log joint density at the start must be finite, got -Infinity',
      );
  });

  it('leaves no tensors behind, and none of a run that throws', () => {
    const batch = rows();
    const run = hamiltonianMonteCarlo(bayesian({ prior: studentT().prior })(linear(2, 1)), {
      likelihood: gaussian({ std: 0.5 }),
      ...few,
    });
    expectNoLeak(() => run(random.key(0), batch));
    expectNoLeak(() => {
      expect(() => run(random.key(0), { ...batch, targets: batch.inputs })).toThrow(
        'gaussian: targets must be',
      );
      return [];
    });
  });
});
