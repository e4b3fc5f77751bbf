import * as tf from '@tensorflow/tfjs-core';
import type { Predictive } from './likelihood.ts';

/**
 * The prediction of probabilities `[samples, ...]`, its uncertainty split by entropies in nats: that of the
 * mean (total), their mean (aleatoric) and the difference, the mutual information between target and weights
 * (epistemic; Houlsby et al. 2011, eq. 2).
 *
 * @example
 * entropyParts(tf.softmax(logits), (probs) => tf.neg(tf.sum(tf.mul(probs, tf.log(probs)), -1)));
 */
export const entropyParts = (probs: tf.Tensor, entropy: (probs: tf.Tensor) => tf.Tensor): Predictive => {
  const mean = tf.mean(probs, 0);
  const total = entropy(mean);
  const aleatoric = tf.mean(entropy(probs), 0);
  return { mean, uncertainty: { total, aleatoric, epistemic: tf.sub(total, aleatoric) } };
};
