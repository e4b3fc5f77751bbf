import * as tf from '@tensorflow/tfjs-core';
import { random, vmap } from 'tfjs-bayesian';
import type { Run } from './contender.ts';

const SAMPLES = 10;
const ELEMENTS = 16;

/** Ten elementwise ops, the same on one sample and on the stack of all. */
const tenOps = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  const h = tf.tanh(tf.add(tf.mul(x, y), x));
  const gate = tf.sigmoid(tf.sub(h, y));
  return tf.exp(tf.neg(tf.square(tf.add(tf.mul(gate, h), y))));
};

/** A run of ten ops that have next to nothing to compute: by `vmap`, or called on the stacked tensors. */
export const tenOpsBy = (how: 'vmap' | 'direct'): Run => {
  const x = random.normal(random.key(0), [SAMPLES, ELEMENTS]);
  const y = random.normal(random.key(1), [SAMPLES, ELEMENTS]);
  const run = how === 'vmap' ? vmap(tenOps) : (a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => tenOps(a, b));
  return () => run(x, y).dispose();
};
