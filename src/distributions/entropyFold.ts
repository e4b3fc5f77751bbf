import * as tf from '@tensorflow/tfjs-core';
import { foldSamples, type SampleFold } from './foldSamples.ts';
import { merged } from './sampleMoments.ts';

/** What is known of the distributions so far: means over samples, of none where `count` is 0. */
interface Entropies {
  readonly count: number;
  /** The mean probability of each outcome. */
  readonly probs: readonly tf.Tensor[];
  /** The mean entropy. */
  readonly aleatoric: tf.Tensor;
  /** The mean divergence from the mean distribution. */
  readonly epistemic: tf.Tensor;
}

/** Below it a probability is as good as 0. */
const NONE = 1e-30;

/** `-p log p`, which is 0 for a probability of 0. */
const surprise = (p: tf.Tensor): tf.Tensor => tf.neg(tf.mul(p, tf.log(tf.maximum(p, NONE))));

/**
 * `p log(p / q) - (p - q)`, whose sum over all outcomes is the divergence of p from q: each term is at least 0, which those
 * of `p log(p / q)` are not, so that distributions that differ little have a divergence with digits.
 */
const gap = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => {
  const distance = tf.sub(p, q);
  const relative = tf.maximum(tf.div(distance, tf.maximum(q, NONE)), -1 + 1e-7);
  return tf.sub(tf.mul(p, tf.log1p(relative)), distance);
};

/** What rounding has put below 0 is 0; NaN stays. */
const atLeastZero = (x: tf.Tensor): tf.Tensor => tf.where(tf.less(x, 0), tf.zerosLike(x), x);

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
  const ofGroup = (probs: readonly tf.Tensor[]): Entropies => {
    const count = probs[0]?.shape[0] ?? 0;
    const mean = (x: tf.Tensor): tf.Tensor => tf.div(tf.sum(x, 0), count);
    const means = probs.map(mean);
    return {
      count,
      probs: means,
      aleatoric: atLeastZero(mean(over(probs, surprise))),
      epistemic: atLeastZero(mean(divergence(probs, means))),
    };
  };
  return foldSamples<Y, Entropies>({
    zero: () => ({ count: 0, probs: [], aleatoric: tf.scalar(0), epistemic: tf.scalar(0) }),
    add: (known, samples) => {
      const own = ofGroup(probsOf(samples));
      if (known.count === 0) return own;
      const count = known.count + own.count;
      const share = own.count / count;
      const probs = known.probs.map((p, outcome) => merged(p, own.probs[outcome] as tf.Tensor, share));
      const between = merged(divergence(known.probs, probs), divergence(own.probs, probs), share);
      return {
        count,
        probs,
        aleatoric: merged(known.aleatoric, own.aleatoric, share),
        epistemic: tf.add(merged(known.epistemic, own.epistemic, share), atLeastZero(between)),
      };
    },
    finish: ({ probs: [mean], aleatoric, epistemic }) => ({
      mean: mean as tf.Tensor,
      uncertainty: { total: tf.add(aleatoric, epistemic), aleatoric, epistemic },
    }),
  });
};
