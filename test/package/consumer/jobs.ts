import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';

// Node alone does not read an enum.
enum Scale {
  Of = 1,
}

export const scaled = job(import.meta.url, 'scaled', ({ x }: { readonly x: tf.Tensor }, key) => {
  const noise = random.normal(key, x.shape);
  const result = { x, product: tf.mul(tf.mul(x, Scale.Of), noise) };
  noise.dispose();
  return result;
});

let runs = 0;
/** How often this module has run it. */
export const counted = job(import.meta.url, 'counted', () => {
  runs += 1;
  return runs;
});
