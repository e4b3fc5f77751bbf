import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';

/** A draw, and what it is scaled by. */
export const scaled = job(import.meta.url, 'scaled', ({ x }, key) => {
  const noise = random.normal(key, x.shape);
  const result = { x, product: tf.mul(x, noise) };
  noise.dispose();
  return result;
});
