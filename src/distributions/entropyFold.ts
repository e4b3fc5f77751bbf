import * as tf from '@tensorflow/tfjs-core';
import { foldSamples, type SampleFold } from './foldSamples.ts';

/** What is known of the distributions so far: sums over samples, of none where `count` is 0. */
interface Entropies {
  readonly count: number;
  /** The probability of each outcome. */
  readonly probs: readonly tf.Tensor[];
  /** `p log p`, the negative entropy. */
  readonly certainty: tf.Tensor;
  /** The divergence from the mean distribution. */
  readonly divergence: tf.Tensor;
}

/** Added where a probability of 0 has no logarithm; no other number of any weight notices it. */
const NONE = 1e-30;

/** `p log p`, which is 0 for a probability of 0. */
const negativeSurprise = (p: tf.Tensor): tf.Tensor => tf.mul(p, tf.log(tf.add(tf.relu(p), NONE)));

/**
 * `p log(p / q) - (p - q)`, whose sum over all outcomes is the divergence of p from q: each term is at least 0, which those
 * of `p log(p / q)` are not, so that distributions that differ little have a divergence with digits.
 */
const gap = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => {
  const distance = tf.sub(p, q);
  // A little more than q, so that a p of 0 has a logarithm.
  const relative = tf.div(distance, tf.add(tf.mul(q, 1 + 2 ** -22), NONE));
  return tf.sub(tf.mul(p, tf.log1p(relative)), distance);
};

/** What rounding has put below 0 is 0. NaN stays, which a kernel's relu may take for 0. */
const atLeastZero = (x: tf.Tensor): tf.Tensor => tf.add(x, tf.relu(tf.neg(x)));

/**
 * The prediction of probabilities, its uncertainty split by entropies in nats: the mean entropy (aleatoric), the mutual
 * information between target and weights (epistemic), and their sum, the entropy of the mean (Houlsby et al. 2011, eq. 2).
 *
 * The mutual information is the mean divergence of a sample's distribution from the mean distribution. For two groups it is
 * that within them and that between their means, as with variances.
 *
 * @param probsOf the probabilities of the outcomes, `[samples, ...]`: in one tensor, which `total` sums over the outcomes,
 * or in one for each outcome. The first is the prediction's mean
 * @example
 * const bits = entropyFold((p: tf.Tensor) => [p, tf.sub(1, p)], (x) => x);
 * const classes = entropyFold((logits: tf.Tensor) => [tf.softmax(logits)], (x) => tf.sum(x, -1));
 */
export const entropyFold = <Y>(
  probsOf: (samples: Y) => readonly tf.Tensor[],
  total: (terms: tf.Tensor) => tf.Tensor,
): SampleFold<Y> => {
  /** A sum over outcomes, of which one tensor at a time is held. */
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
  /** How far the means of groups are from the mean of all, each counted as often as it has samples. */
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
