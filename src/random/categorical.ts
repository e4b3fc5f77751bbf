import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { checkKey, type Key } from './key.ts';
import { checkShape } from './sample.ts';
import { uniform } from './uniform.ts';

/** The smallest normal float32, the lower bound of the uniform numbers in `jax.random.gumbel`. */
const tiny = 2 ** -126;

const broadcastsTo = (from: readonly number[], to: readonly number[]): boolean =>
  from.length <= to.length &&
  from.every((size, axis) => size === 1 || size === to[to.length - from.length + axis]);

/**
 * An int32 tensor of classes sampled with probabilities `softmax(logits)` over the last axis, by the Gumbel-max
 * trick; equal to `jax.random.categorical` up to rounding. Logits are `[..., classes]`. The result has shape
 * `[...]`, or `shape`, to which `[...]` is broadcast with independent samples. A class with logit `-Infinity` is
 * never sampled.
 *
 * @throws Error if `key` is not a key, `logits` have no classes, or do not broadcast to `shape`
 * @example
 * const labels = random.categorical(random.key(0), tf.log([0.2, 0.3, 0.5]), [100]);
 */
export const categorical = (key: Key, logits: tf.Tensor, shape?: readonly number[]): tf.Tensor => {
  checkKey('random.categorical: key', key);
  if (!isTensor(logits) || (logits.shape.at(-1) ?? 0) < 1) {
    invalidArgument('random.categorical: logits', 'a tensor with classes on its last axis', logits);
  }
  const classes = logits.shape.at(-1) ?? 0;
  const rows = logits.shape.slice(0, -1);
  const result = shape === undefined ? rows : checkShape('random.categorical: shape', shape);
  if (!broadcastsTo(rows, result)) {
    invalidArgument('random.categorical: shape', `one to which [${rows.join(', ')}] broadcasts`, shape);
  }
  return tf.tidy(() => {
    const u = uniform(key, [...result, classes], { min: tiny, max: 1 });
    return tf.argMax(tf.add(tf.neg(tf.log(tf.neg(tf.log(u)))), logits), -1);
  });
};
