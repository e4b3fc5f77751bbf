import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../ops/customGrad.ts';
import { dispose, leaves, tidied, unflatten } from '../tree/index.ts';
import type { Likelihood, Predictive } from './likelihood.ts';
import { peekValues } from './peekValues.ts';
import { type Cdf, cdfOfEach } from './targetFolds.ts';

/** A result without a gradient: differentiating it throws. */
const withoutGradient = <T>(of: T, f: (of: T) => tf.Tensor): tf.Tensor =>
  customGrad((...inputs: readonly tf.Tensor[]) => ({
    value: f(unflatten(of)(inputs)),
    gradient: (): tf.Tensor[] => {
      throw new Error('predict: quantiles and interval have no gradient');
    },
  }))(...leaves(of));

/** Repeats a step, and disposes the previous state. */
const repeated = <S>(times: number, start: S, step: (state: S) => S): S =>
  Array.from({ length: times }).reduce<S>((before) => {
    const after = tidied(() => step(before));
    dispose(before);
    return after;
  }, start);

/** Values between which a quantile is. */
interface Bracket {
  readonly low: tf.Tensor;
  readonly high: tf.Tensor;
}

/** The relative width that brackets gain for rounding, of their spread and of their ends. */
const slack = { spread: 1.01, ends: 2 ** -22 } as const;

/**
 * Values that have the quantile of a probability between them, whatever the distribution is: by Cantelli's inequality, at
 * most `1 / (1 + k^2)` is more than `k` standard deviations beyond the mean on either side.
 */
const cantelli = (
  { mean, uncertainty }: Predictive,
  odds: number,
  discrete: boolean,
): Bracket & { readonly steps: number } => {
  const std = tf.mul(slack.spread, tf.sqrt(uncertainty.total));
  const low = tf.sub(mean, tf.div(std, Math.sqrt(odds)));
  const high = tf.add(mean, tf.mul(std, Math.sqrt(odds)));
  const bits = 26 + Math.ceil(Math.log2(Math.sqrt(odds) + 1 / Math.sqrt(odds)));
  if (discrete) {
    const ends = { low: tf.sub(tf.floor(low), 1), high: tf.ceil(high) };
    // Where the widest bracket can be read, no step is wasted; further steps would change nothing.
    const [widest = 2 ** bits] = peekValues(tf.max(tf.sub(ends.high, ends.low)));
    return {
      ...ends,
      steps: Number.isFinite(widest) ? Math.min(bits, Math.ceil(Math.log2(widest + 1))) : bits,
    };
  }
  return {
    low: tf.sub(low, tf.mul(slack.ends, tf.abs(low))),
    high: tf.add(high, tf.mul(slack.ends, tf.abs(high))),
    // Float32 has 24 bits.
    steps: bits,
  };
};

/**
 * The quantile of the mixture of all samples' distributions, `[rows, outputs]`: bisection on the mean of their `cdf`, down
 * to float32's resolution. For integers, the smallest that is not exceeded with the probability. NaN where the predictive
 * distribution's mean and total uncertainty are not the mixture's mean and variance, so that it is not where they say.
 *
 * Above one half it compares the `survival`, if there is one: it keeps its precision where the `cdf` is nearly 1.
 *
 * @example
 * const normal = gaussian({ std: 1 });
 * const outputs = tf.zeros([5, 2, 1]);
 * mixtureQuantile(normal, normal.cdf, outputs, normal.predictive(outputs), 0.975); // [[1.96], [1.96]]
 */
export const mixtureQuantile = <Y>(
  { name, survival, discrete = false }: Pick<Likelihood<Y, never>, 'name' | 'survival' | 'discrete'>,
  cdf: Cdf<Y>,
  outputs: Y,
  predictive: Predictive,
  probability: number,
): tf.Tensor =>
  withoutGradient({ outputs, predictive }, (given) => {
    const upper = probability > 0.5 && survival !== undefined ? cdfOfEach(name, survival) : undefined;
    const lower = cdfOfEach(name, cdf);
    /** Whether fewer than the probability are at most the value: the quantile is above. */
    const isBelow = (value: tf.Tensor): tf.Tensor =>
      upper === undefined
        ? tf.less(tf.mean(lower(given.outputs, value), 0), probability)
        : tf.greater(tf.mean(upper(given.outputs, value), 0), 1 - probability);
    const { low, high, steps } = cantelli(given.predictive, probability / (1 - probability), discrete);
    const fits = tf.logicalAnd(isBelow(low), tf.logicalNot(isBelow(high)));
    const found = repeated<Bracket>(steps, { low: tf.clone(low), high: tf.clone(high) }, (bracket) => {
      const half = tf.add(bracket.low, tf.mul(0.5, tf.sub(bracket.high, bracket.low)));
      const middle = discrete ? tf.floor(half) : half;
      const below = isBelow(middle);
      return {
        low: tf.where(below, middle, bracket.low),
        high: tf.where(below, bracket.high, middle),
      };
    });
    return tf.where(fits, found.high, tf.fill(high.shape, Number.NaN));
  });
