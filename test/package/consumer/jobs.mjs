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

let runs = 0;
/** How often this module has run it. */
export const counted = job(import.meta.url, 'counted', () => {
  runs += 1;
  return runs;
});
