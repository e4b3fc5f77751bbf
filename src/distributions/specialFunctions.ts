import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../ops/customGrad.ts';

/** Above this, the asymptotic series are exact to double rounding. */
const large = 16;

/** `term(x) + term(x + 1) + ...` up to `large`: the sum that the recurrence subtracts, and the argument it ends at. */
const shifted = (x: number, term: (x: number) => number): { readonly sum: number; readonly from: number } => {
  const steps = Math.max(0, Math.ceil(large - x));
  const sum = Array.from({ length: steps }, (_, i) => term(x + i)).reduce((a, b) => a + b, 0);
  return { sum, from: x + steps };
};

/**
 * The logarithm of the gamma function of a number above 0, by Stirling's series (DLMF 5.11.1).
 *
 * @example
 * logGamma(5); // log 24
 */
export const logGamma = (x: number): number => {
  const { sum, from } = shifted(x, Math.log);
  const r = 1 / (from * from);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / from;
  return (from - 0.5) * Math.log(from) - from + 0.5 * Math.log(2 * Math.PI) + series - sum;
};

/**
 * The derivative of `logGamma`, of a number above 0 (DLMF 5.11.2).
 *
 * @example
 * digamma(1); // -0.5772..., minus Euler's constant
 */
export const digamma = (x: number): number => {
  const { sum, from } = shifted(x, (each) => 1 / each);
  const r = 1 / (from * from);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132))));
  return Math.log(from) - 0.5 / from - series - sum;
};

/** Above this, the series of `gammaStep` and `digammaStep` are exact to double rounding. */
const veryLarge = 100;

/**
 * `logGamma(x + 1/2) - logGamma(x)` for a number above 0. For large ones, where the difference would cancel, by a series
 * (Tricomi & Erdelyi, The asymptotic expansion of a ratio of gamma functions, 1951).
 *
 * @example
 * gammaStep(0.5); // -log(pi) / 2
 */
export const gammaStep = (x: number): number =>
  x < veryLarge
    ? logGamma(x + 0.5) - logGamma(x)
    : 0.5 * Math.log(x) - (1 / 8 - (1 / 192 - 1 / (640 * x * x)) / (x * x)) / x;

/**
 * The derivative of `gammaStep`: `digamma(x + 1/2) - digamma(x)`.
 *
 * @example
 * digammaStep(0.5); // 2 log 2
 */
export const digammaStep = (x: number): number =>
  x < veryLarge
    ? digamma(x + 0.5) - digamma(x)
    : (0.5 + (1 / 8 - (1 / 64 - 1 / (128 * x * x)) / (x * x)) / x) / x;

/**
 * The logarithm of the factorial of each element, all 0 or above: Stirling's series at `x + 4` (DLMF 5.11.1), minus the
 * three extra factors. tfjs has no log gamma function.
 *
 * @example
 * logFactorial(tf.tensor1d([0, 1, 4])); // [0, 0, log 24]
 */
export const logFactorial = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const z = tf.add(x, 4);
    const r = tf.square(tf.reciprocal(z));
    const series = tf.div(tf.add(tf.mul(tf.sub(tf.mul(r, 1 / 1260), 1 / 360), r), 1 / 12), z);
    const stirling = tf.add(tf.sub(tf.mul(tf.sub(z, 0.5), tf.log(z)), z), 0.5 * Math.log(2 * Math.PI));
    const factors = tf.mul(tf.mul(tf.add(x, 1), tf.add(x, 2)), tf.add(x, 3));
    return tf.sub(tf.add(stirling, series), tf.log(factors));
  });

/**
 * `e^x - 1 - x` of each number, 0 or above: the exponential function minus its tangent at 0. Divergences use it to avoid
 * cancellation where they vanish.
 *
 * @example
 * expExcess(tf.tensor1d([0, 0.001])); // [0, 5.0017e-7]
 */
export const expExcess = customGrad((x: tf.Tensor) => ({
  value: tf.sub(tf.expm1(x), x),
  saved: [x],
  gradient: (dy, [of]) => tf.mul(dy, tf.expm1(of)),
}));

/** A function without a gradient. */
const withoutGradient = (f: (x: tf.Tensor) => tf.Tensor) =>
  customGrad((x: tf.Tensor) => ({ value: f(x), gradient: () => tf.zerosLike(x) }));

const maxWithoutGradient = withoutGradient((x) => tf.max(x, 0));

/** A finite number to subtract: the value itself, or 0 if it is not finite. */
const finiteOrZero = withoutGradient((x) => tf.where(tf.equal(tf.sub(x, x), 0), x, tf.zerosLike(x)));

/**
 * The logarithm of the mean of exponentials over the first axis, without overflow: `[samples, ...]` to `[...]`. For
 * numbers that are all -Infinity it is -Infinity, where `tf.logSumExp` gives NaN.
 *
 * @example
 * logMeanExp(tf.tensor1d([0, 0])); // 0
 */
export const logMeanExp = (x: tf.Tensor): tf.Tensor => {
  const largest = maxWithoutGradient(x);
  const sum = tf.sum(tf.exp(tf.sub(x, finiteOrZero(largest))), 0);
  return tf.add(tf.log(tf.div(sum, x.shape[0] ?? 1)), largest);
};

/** Coefficients of `upperTail`, from the highest power down. */
const tailCoefficients = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368,
] as const;

/**
 * The probability that a standard normal is above `|z|`, with a relative error of about 1e-6 however small it is, where
 * `1 - tf.erf(z)` would cancel (Press et al., Numerical Recipes in C, 1992, section 6.2, `erfcc`).
 */
const upperTail = (z: tf.Tensor): tf.Tensor => {
  const x = tf.mul(tf.abs(z), Math.SQRT1_2);
  const t = tf.reciprocal(tf.add(1, tf.mul(0.5, x)));
  const series = tailCoefficients.reduce<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, t), c), tf.scalar(0));
  const exponent = tf.sub(tf.sub(tf.mul(t, series), 1.26551223), tf.square(x));
  return tf.mul(tf.mul(0.5, t), tf.exp(exponent));
};

/**
 * The probability that a standard normal is below each number. The lower tail keeps its relative precision; for that of
 * the upper tail, pass `-z`.
 *
 * @example
 * normalCdf(tf.tensor1d([0, -10])); // [0.5, 7.62e-24]
 */
export const normalCdf = (z: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const tail = upperTail(z);
    return tf.where(tf.greater(z, 0), tf.sub(1, tail), tail);
  });

/** The density of a standard normal, in doubles. */
const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** The probability that a standard normal is above `z >= 0`, in doubles (Abramowitz & Stegun 1964, 26.2.11 and 26.2.14). */
const normalTail = (z: number): number => {
  if (z < 3) {
    const terms = Array.from({ length: 60 }, (_, n) => n).reduce(
      ({ term, sum }, n) => ({ term: (term * z * z) / (2 * n + 3), sum: sum + term }),
      { term: z, sum: 0 },
    );
    return 0.5 - normalDensity(z) * terms.sum;
  }
  const fraction = Array.from({ length: 100 }, (_, n) => 100 - n).reduce((rest, n) => z + n / rest, z);
  return normalDensity(z) / fraction;
};

/**
 * The number that a standard normal is below with a probability strictly between 0 and 1, in doubles. Newton's method on
 * the tail, which is convex: the steps approach the root from one side.
 *
 * @example
 * normalQuantile(0.975); // 1.95996
 */
export const normalQuantile = (probability: number): number => {
  const tail = Math.min(probability, 1 - probability);
  const z = Array.from({ length: 60 }).reduce<number>(
    (at) => Math.max(at, at + (normalTail(at) - tail) / normalDensity(at)),
    0,
  );
  return probability < 0.5 ? -z : z;
};
