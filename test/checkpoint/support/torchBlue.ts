import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { expect } from 'vitest';

/** An array of a golden file: its shape, and its values nested. */
export interface Recorded {
  readonly shape: readonly number[];
  readonly data: unknown;
}

/** The values of a recorded array, one after another. */
export const readNumbers = ({ data }: Recorded): readonly number[] =>
  [data].flat(Number.POSITIVE_INFINITY) as number[];

/** The recorded array as a tensor. */
export const recordedTensor = (recorded: Recorded): tf.Tensor =>
  tf.tensor([...readNumbers(recorded)], [...recorded.shape]);

/** Expects values within a part of the largest recorded one. */
export const expectClose = (got: tf.Tensor, recorded: Recorded, relative: number): void => {
  const wanted = readNumbers(recorded);
  const largest = Math.max(...wanted.map(Math.abs));
  const off = Math.max(...Array.from(got.dataSync(), (x, i) => Math.abs(x - (wanted[i] ?? Number.NaN))));
  expect(got.shape).toEqual(recorded.shape);
  expect(off / largest).toBeLessThan(relative);
};

/** Mean, spread and fourth central moment over draws `[samples, values]`, column by column. */
export const splitColumns = (
  draws: tf.Tensor,
): { readonly mean: Float32Array; readonly std: Float32Array; readonly fourth: Float32Array } => {
  const made = tree.tidied(() => {
    const mean = tf.mean(draws, 0);
    const squared = tf.square(tf.sub(draws, mean));
    const variance = tf.mean(squared, 0);
    return { mean, std: tf.sqrt(variance), fourth: tf.mean(tf.square(squared), 0) };
  });
  const [mean, std, fourth] = [made.mean, made.std, made.fourth].map((x) => x.dataSync() as Float32Array);
  tree.dispose(made);
  return { mean, std, fourth } as ReturnType<typeof splitColumns>;
};

/**
 * Expects means over samples to agree with recorded ones: both are of independent draws, ours of `samples` and the
 * recorded ones of `theirs`, so that the standard error of their difference has both spreads in it.
 */
export const expectSameMeans = (
  { mean, std }: ReturnType<typeof splitColumns>,
  wanted: ArrayLike<number>,
  wantedStd: ArrayLike<number>,
  samples: number,
  theirs = samples,
): void => {
  const errors = Array.from(mean, (m, i) => {
    const standard = Math.hypot(
      (std[i] as number) / Math.sqrt(samples),
      (wantedStd[i] as number) / Math.sqrt(theirs),
    );
    return Math.abs(m - (wanted[i] as number)) / (standard + 1e-12);
  });
  expect(Math.max(...errors)).toBeLessThan(4);
};

/**
 * Expects spreads to agree with recorded ones. The standard error of a spread follows from the fourth moment of
 * the draws: the variance of the sample variance is `(m4 - std^4) / samples`, that of its root this by `4 std^2`.
 * Spreads below `least` are left out: those of probabilities near 0, which a few rare draws make.
 */
export const expectSameSpreads = (
  { std, fourth }: ReturnType<typeof splitColumns>,
  wanted: ArrayLike<number>,
  samples: number,
  theirs = samples,
  least = 0,
): void => {
  const errors = Array.from(std, (s, i) => {
    if ((wanted[i] as number) < least) return 0;
    const variance = Math.max(0, (fourth[i] as number) - s ** 4) / (4 * s * s * samples);
    return Math.abs(s - (wanted[i] as number)) / (Math.sqrt(variance * (1 + samples / theirs)) + 1e-12);
  });
  expect(Math.max(...errors)).toBeLessThan(4);
};
