import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { withoutSubnormal } from '../support/numbers.ts';

/** The settings of a reference, as numbers. */
export interface Settings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly temperature: number;
  readonly clipRadius: number;
}

/** One normal weight and its momentum. */
export interface Weight {
  readonly mean: number;
  readonly logStd: number;
  readonly momentum: number;
}

/** The gradient of the negative ELBO in the parameters of one weight. */
export interface Slope {
  readonly mean: number;
  readonly logStd: number;
}

/** The equations of the doc comment of `ivon` for one weight, line by line. */
export const reference =
  ({ learningRate, beta1, beta2, temperature, clipRadius }: Settings) =>
  ({ mean, logStd, momentum }: Weight, slope: Slope, t: number): Weight => {
    const p = Math.exp(-2 * logStd);
    const wanted = (slope.logStd + temperature) / (temperature * Math.exp(2 * logStd));
    const next = beta1 * momentum + (1 - beta1) * slope.mean;
    const precision = beta2 * p + (1 - beta2) * wanted + ((1 - beta2) ** 2 * (p - wanted) ** 2) / (2 * p);
    const step = next / (1 - beta1 ** t) / (temperature * precision);
    const clipped = Math.min(Math.max(step, -clipRadius), clipRadius);
    return { mean: mean - learningRate * clipped, logStd: -0.5 * Math.log(precision), momentum: next };
  };

/**
 * A step of the official implementation for one weight (IVON._update of team-approx-bayes/ivon, 'price', with a learning
 * rate that is not rescaled). `ess` and `weightDecay` are its settings, `hess + weightDecay` is the precision over `ess`.
 *
 * @param gradient the gradient of the mean loss of a row at a drawn weight, `noise` its distance from the mean
 */
export const official =
  ({ learningRate, beta1, beta2, clipRadius }: Settings, ess: number, weightDecay: number) =>
  (
    { mean, hess, momentum }: { readonly mean: number; readonly hess: number; readonly momentum: number },
    { gradient, noise }: { readonly gradient: number; readonly noise: number },
    t: number,
  ) => {
    const next = beta1 * momentum + (1 - beta1) * gradient;
    const f = noise * gradient * (hess + weightDecay) * ess;
    const moved =
      beta2 * hess + (1 - beta2) * f + (0.5 * (1 - beta2) ** 2 * (hess - f) ** 2) / (hess + weightDecay);
    const step = (next / (1 - beta1 ** t) + weightDecay * mean) / (moved + weightDecay);
    const clipped = Math.min(Math.max(step, -clipRadius), clipRadius);
    return { mean: mean - learningRate * clipped, hess: moved, momentum: next };
  };

const numbers = (length: number, min: number, max: number) =>
  fc.array(fc.float({ min, max, noNaN: true }).map(withoutSubnormal), {
    minLength: length,
    maxLength: length,
  });

/** The numbers of two normal variables, of two and four elements. */
export interface Numbers {
  readonly mean: readonly number[];
  readonly logStd: readonly number[];
}

const SIZE = 6;

/** Parameters, with standard deviations from 0.02 to 3. */
export const starts: fc.Arbitrary<Numbers> = fc.record({
  mean: numbers(SIZE, -3, 3),
  logStd: numbers(SIZE, -4, 1),
});

/** Gradients. */
export const slopes: fc.Arbitrary<Numbers> = fc.record({
  mean: numbers(SIZE, -10, 10),
  logStd: numbers(SIZE, -3, 5),
});

/** The tree of two normal variables: one in a list, one in a record. */
export const tensors = ({ mean, logStd }: Numbers) => ({
  layers: [{ weight: { mean: tf.tensor1d(mean.slice(0, 2)), logStd: tf.tensor1d(logStd.slice(0, 2)) } }],
  bias: { mean: tf.tensor2d(mean.slice(2), [2, 2]), logStd: tf.tensor2d(logStd.slice(2), [2, 2]) },
});

/** The numbers of such a tree, in the order in which `flat` reads it: mean and logStd of one variable, then the other. */
export const inOrder = ({ mean, logStd }: Numbers): readonly number[] => [
  ...mean.slice(0, 2),
  ...logStd.slice(0, 2),
  ...mean.slice(2),
  ...logStd.slice(2),
];
