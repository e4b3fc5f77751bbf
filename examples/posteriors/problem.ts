import * as tf from '@tensorflow/tfjs-core';
import { gaussian, layer, normal, random, variable, vmap } from 'tfjs-bayesian';

const HIDDEN = 20;
const SIZE = 3 * HIDDEN + 1;
const STD = 0.1;

/**
 * A network with one input, one hidden layer and one output. One variable holds all its weights, so that a posterior with
 * correlations has those between layers too. Under its standard normal priors, functions vary by about 2.
 */
const forward =
  (weights: tf.Tensor) =>
  (x: tf.Tensor): tf.Tensor => {
    const [slope, offset, outgoing, level] = tf.split(weights, [HIDDEN, HIDDEN, HIDDEN, 1]) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const hidden = tf.tanh(tf.mul(2, tf.add(tf.mul(x, slope), offset)));
    return tf.add(tf.mul(2 / Math.sqrt(HIDDEN), tf.matMul(hidden, tf.reshape(outgoing, [HIDDEN, 1]))), level);
  };

export const network = layer({ weights: variable([SIZE], { fanIn: 1, prior: normal() }) }, ({ weights }) =>
  forward(weights),
);

/** The outputs at one input under samples of the weights, without their last axis. */
export const outputsAt = (x: number, samples: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const each = tf.reshape(samples, [-1, SIZE]);
    const outputs = vmap((weights: tf.Tensor) => forward(weights)(tf.tensor2d([[x]])))(each);
    return tf.reshape(outputs, samples.shape.slice(0, -1));
  });

export const likelihood = gaussian({ std: STD });

/** Inputs and noisy targets, `[rows, 1]`. */
export interface Data {
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
}

/** Points in some ranges, as many in each, on a wave with a small step in the middle. */
const wave = (key: random.Key, rows: number, ranges: readonly (readonly [number, number])[]): Data =>
  tf.tidy(() => {
    const x = tf.concat(
      ranges.map(([min, max], at) =>
        random.uniform(random.foldIn(key, at), [rows / ranges.length, 1], { min, max }),
      ),
    );
    const bump = tf.mul(0.4, tf.exp(tf.mul(-8, tf.square(tf.sub(x, 0.1)))));
    const noise = tf.mul(STD, random.normal(random.foldIn(key, ranges.length), [rows, 1]));
    return { x, y: tf.addN([tf.sin(tf.mul(2, x)), tf.mul(0.3, x), bump, noise]) };
  });

const sides = [
  [-2.2, -0.7],
  [0.7, 2.2],
] as const;

/** Points to train on, with a gap in the middle; and more to test on, beside the gap and in it. */
export const data = () => ({
  train: wave(random.key(0), 40, sides),
  beside: wave(random.key(2), 400, sides),
  gap: wave(random.key(1), 400, [[-0.7, 0.7]]),
});
