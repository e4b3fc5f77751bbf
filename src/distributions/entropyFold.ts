import * as tf from '@tensorflow/tfjs-core';
import { foldSamples, type SampleFold } from './foldSamples.ts';

/** Sums over the samples so far; `count` is 0 before the first. */
interface Entropies {
  readonly count: number;
  /** The probability of each outcome. */
  readonly probs: readonly tf.Tensor[];
  /** `p log p`, the negative entropy. */
  readonly certainty: tf.Tensor;
  /** The divergence from the mean distribution. */
  readonly divergence: tf.Tensor;
}

/** Added so that a probability of 0 has a logarithm; too small to change any other probability. */
const EPSILON = 1e-30;

/** `p log p`, which is 0 for a probability of 0. */
const negativeSurprise = (p: tf.Tensor): tf.Tensor => tf.mul(p, tf.log(tf.add(tf.relu(p), EPSILON)));

/**
 * `p log(p / q) - (p - q)`, whose sum over all outcomes is the divergence of p from q. Unlike those of `p log(p / q)`, its
 * terms are never below 0, so the divergence of nearly equal distributions keeps its precision.
 */
const gap = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => {
  const distance = tf.sub(p, q);
  // Slightly more than q, so that a p of 0 has a logarithm.
  const relative = tf.div(distance, tf.add(tf.mul(q, 1 + 2 ** -22), EPSILON));
  return tf.sub(tf.mul(p, tf.log1p(relative)), distance);
};

/** Clamps rounding errors below 0 to 0. Keeps NaN, which some kernels' relu maps to 0. */
const atLeastZero = (x: tf.Tensor): tf.Tensor => tf.add(x, tf.relu(tf.neg(x)));

/**
 * The prediction for probabilities, its uncertainty split by entropies in nats: the mean entropy (aleatoric), the mutual
 * information between target and weights (epistemic), and their sum, the entropy of the mean (Houlsby et al. 2011, eq. 2).
 *
 * The mutual information is the mean divergence of each sample's distribution from the mean distribution. For two groups
 * it is the sum of that within them and that between their means, as with variances.
 *
 * @param probsOf the probabilities of the outcomes, `[samples, ...]`: one tensor, which `total` sums over the outcomes,
 * or one tensor for each outcome. The first is the predictive mean
 * @example
 * const bits = entropyFold((p: tf.Tensor) => [p, tf.sub(1, p)], (x) => x);
 * const classes = entropyFold((logits: tf.Tensor) => [tf.softmax(logits)], (x) => tf.sum(x, -1));
 */
export const entropyFold = <Y>(
  probsOf: (samples: Y) => readonly tf.Tensor[],
  total: (terms: tf.Tensor) => tf.Tensor,
): SampleFold<Y> => {
  /** A sum over outcomes that holds one outcome's tensor at a time. */
  const over = (probs: readonly tf.Tensor[], term: (p: tf.Tensor, outcome: number) => tf.Tensor): tf.Tensor =>
    probs.map((p, outcome) => tf.tidy(() => total(term(p, outcome)))).reduce((a, b) => tf.add(a, b));
  const divergence = (probs: readonly tf.Tensor[], from: readonly tf.Tensor[]): tf.Tensor =>
    over(probs, (p, outcome) => gap(p, from[outcome] as tf.Tensor));
  const means = (sums: readonly tf.Tensor[], count: number) => sums.map((sum) => tf.div(sum, count));
  const ofGroup = (probs: readonly tf.Tensor[]): Entropies => {
    const count = probs[0]?.shape[0] ?? 0;
    const sums = probs.map((p) => tf.sum(p, 0));
    return {
      count,
      probs: sums,
      certainty: tf.sum(over(probs, negativeSurprise), 0),
      divergence: tf.sum(divergence(probs, means(sums, count)), 0),
    };
  };
  /** The divergence of the group means from the overall mean, weighted by group size. */
  const between = (groups: readonly Entropies[], all: readonly tf.Tensor[]): tf.Tensor =>
    groups
      .map(({ probs, count }) => tf.mul(divergence(means(probs, count), all), count))
      .reduce((a, b) => tf.add(a, b));
  return foldSamples<Y, Entropies>({
    zero: () => ({ count: 0, probs: [], certainty: tf.scalar(0), divergence: tf.scalar(0) }),
    add: (known, samples) => {
      const own = ofGroup(probsOf(samples));
      if (known.count === 0) return own;
      const count = known.count + own.count;
      const probs = known.probs.map((p, outcome) => tf.add(p, own.probs[outcome] as tf.Tensor));
      const apart = between([known, own], means(probs, count));
      return {
        count,
        probs,
        certainty: tf.add(known.certainty, own.certainty),
        divergence: tf.add(tf.add(known.divergence, own.divergence), apart),
      };
    },
    finish: ({ count, probs: [sum], certainty, divergence }) => {
      const aleatoric = atLeastZero(tf.div(certainty, -count));
      const epistemic = atLeastZero(tf.div(divergence, count));
      return {
        mean: tf.div(sum as tf.Tensor, count),
        uncertainty: { total: tf.add(aleatoric, epistemic), aleatoric, epistemic },
      };
    },
  });
};
