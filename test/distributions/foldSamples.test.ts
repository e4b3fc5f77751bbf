import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  foldSamples,
  gaussian,
  poisson,
  type SampleFold,
  sampleMoments,
} from '../../src/distributions/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends, fastest } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, sampleVariance, values } from '../support/numbers.ts';
import { expectClose } from '../transforms/support/compare.ts';

/** The lengths of groups, one after another, that make up so many samples. */
const cuts = (samples: number) =>
  fc.array(fc.integer({ min: 1, max: samples }), { minLength: 1, maxLength: samples }).map((sizes) => {
    const ends = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((a, b) => a + b, 0));
    const inside = [...new Set([...ends.filter((end) => end < samples), samples])];
    return inside.map((end, at) => [inside[at - 1] ?? 0, end] as const);
  });

const SAMPLES = 7;

const folds: Readonly<Record<string, SampleFold<tf.Tensor>>> = {
  'categorical()': categorical().predictive,
  "categorical({ inputType: 'probs' })": foldSamples({
    zero: categorical({ inputType: 'probs' }).predictive.zero,
    add: (known, samples: tf.Tensor) =>
      categorical({ inputType: 'probs' }).predictive.add(known, tf.exp(samples)),
    finish: categorical({ inputType: 'probs' }).predictive.finish,
  }),
  'bernoulli()': bernoulli().predictive,
  'gaussian({ std })': gaussian({ std: 0.3 }).predictive,
  'poisson()': poisson().predictive,
};

describeOnBackends('a predictive distribution', () => {
  it.each(Object.entries(folds))('of %s is the same for any groups of samples', (_, fold) => {
    const samples = random.normal(random.key(3), [SAMPLES, 2, 3]);
    const whole = fold(samples);
    fc.assert(
      fc.property(cuts(SAMPLES), (groups) => {
        tf.tidy(() => {
          const known = groups.reduce(
            (before, [from, to]) => fold.add(before, tf.slice(samples, from, to - from)),
            fold.zero(),
          );
          expectClose(fold.finish(known), whole, 1e-6);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('also of gaussian(), with its own noise', () => {
    const { predictive } = gaussian();
    const samples = {
      mean: random.normal(random.key(3), [SAMPLES, 2, 1]),
      logStd: random.normal(random.key(4), [SAMPLES, 2, 1]),
    };
    const part = (from: number, count: number) => ({
      mean: tf.slice(samples.mean, from, count),
      logStd: tf.slice(samples.logStd, from, count),
    });
    const known = predictive.add(predictive.add(predictive.zero(), part(0, 2)), part(2, 5));
    expectClose(predictive.finish(known), predictive(samples), 1e-6);
  });

  it('has uncertainties that are never below 0 and add up, whatever the outputs', () => {
    const outputs = fc.array(fc.double({ min: -40, max: 40, noNaN: true }).map(Math.fround), {
      minLength: 4 * 2 * 2,
      maxLength: 4 * 2 * 2,
    });
    fc.assert(
      fc.property(outputs, fc.boolean(), fc.integer({ min: 1, max: 4 }), (xs, agree, group) => {
        tf.tidy(() => {
          const all = tf.tensor3d(agree ? [0, 1, 2, 3].flatMap(() => xs.slice(0, 4)) : xs, [4, 2, 2]);
          for (const fold of [
            categorical().predictive,
            bernoulli().predictive,
            gaussian({ std: 1 }).predictive,
          ]) {
            const groups = [0, 1, 2, 3].filter((at) => at % group === 0);
            const known = groups.reduce(
              (before, at) => fold.add(before, tf.slice(all, at, Math.min(group, 4 - at))),
              fold.zero(),
            );
            const { total, aleatoric, epistemic } = fold.finish(known).uncertainty;
            for (const part of [total, aleatoric, epistemic])
              expect(values(part).every((x) => x >= 0)).toBe(true);
            expect(values(total)).toEqual(values(tf.add(aleatoric, epistemic)));
          }
        });
      }),
    );
  });
});

describeOnBackends('foldSamples', () => {
  it('takes all samples at once and leaks nothing', () => {
    const sum = foldSamples({
      zero: () => ({ count: 0, sum: tf.scalar(0) as tf.Tensor }),
      add: ({ count, sum }, samples: tf.Tensor) => ({
        count: count + (samples.shape[0] ?? 0),
        sum: tf.add(sum, tf.sum(samples, 0)),
      }),
      finish: ({ count, sum }) => {
        const mean = tf.div(sum, count);
        const none = tf.zerosLike(mean);
        return { mean, uncertainty: { total: none, aleatoric: tf.clone(none), epistemic: tf.clone(none) } };
      },
    });
    const samples = tf.tensor3d([1, 2, 6], [3, 1, 1]);
    expect(values(sum(samples).mean)).toEqual([3]);
    expectNoLeak(() => sum(samples));
  });

  it('refuses a part that is not a function', () => {
    const { zero, add } = sampleMoments;
    expect(() => foldSamples({ zero, add } as never)).toThrow(
      'foldSamples: finish must be a function, got undefined',
    );
    expect(() => foldSamples(undefined as never)).toThrow('foldSamples: zero must be a function');
  });
});

describeOnBackends('sampleMoments', () => {
  // What is smaller is 0: no float32, and on a GPU any subnormal number (WGSL, 'Floating point evaluation').
  const least = fastest === 'webgpu' ? 2 ** -126 : 1e-44;

  it('has mean and variance in any groups, to the precision of the samples', () => {
    const { zero, add, mean, variance } = sampleMoments;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SAMPLES, maxLength: SAMPLES }),
        fc.constantFrom(0, 1e3, -1e6, 1e7),
        fc.constantFrom(1e-3, 1, 1e3),
        cuts(SAMPLES),
        (xs, at, spread, groups) => {
          tf.tidy(() => {
            const samples = xs.map((x) => Math.fround(at + spread * x));
            const known = groups.reduce(
              (before, [from, to]) => add(before, tf.tensor2d(samples.slice(from, to), [to - from, 1])),
              zero(),
            );
            const exact = (sampleVariance(samples) * (SAMPLES - 1)) / SAMPLES;
            const [found] = values(variance(known)) as [number];
            expect(Math.abs(found - exact)).toBeLessThanOrEqual(1e-5 * exact + least);
            const gap = Math.abs(values(mean(known))[0]! - average(samples));
            expect(gap).toBeLessThanOrEqual(3e-7 * Math.max(...samples.map(Math.abs)) + least);
          });
        },
      ),
    );
  });

  it('rejects empty samples', () => {
    const { zero, add } = sampleMoments;
    const message = 'sampleMoments.add: samples must be a tensor with samples on its first axis, got';
    for (const samples of [tf.scalar(1), tf.zeros([0, 2]), [[1]] as never])
      expect(() => add(zero(), samples)).toThrow(message);
  });
});
