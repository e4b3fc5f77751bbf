import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from '../ops/engine.ts';

/**
 * Repeats a tensor along its axes. The gradient is one sum; tfjs's own stops at rank 4 and adds slices one by one.
 * Returns the tensor itself if nothing is repeated.
 */
export const tile = (x: tf.Tensor, reps: readonly number[]): tf.Tensor => {
  if (reps.every((count) => count === 1)) return x;
  const shape = x.shape;
  const apart = shape.flatMap((size, axis) => (reps[axis] === 1 ? [size] : [reps[axis]!, size]));
  const repeated = reps.flatMap((count, axis) =>
    count === 1 ? [] : [axis + reps.slice(0, axis).filter((earlier) => earlier !== 1).length],
  );
  return tf.customGrad((value) => ({
    value: runKernel(tf.Tile, { x: value as tf.Tensor }, { reps }),
    gradFunc: (dy: tf.Tensor) => tf.reshape(tf.sum(tf.reshape(dy, apart), repeated), shape),
  }))(x);
};

/** Repeats a tensor along a new first axis. */
export const spread = (x: tf.Tensor, size: number): tf.Tensor =>
  tf.reshape(tile(tf.reshape(x, [1, x.size]), [size, 1]), [size, ...x.shape]);

/** Broadcasts to a shape of the same or a higher rank, with a gradient for every rank. */
export const broadcastTo = (x: tf.Tensor, shape: readonly number[]): tf.Tensor => {
  const aligned = [...Array<number>(shape.length - x.rank).fill(1), ...x.shape];
  const same = x.rank === shape.length ? x : tf.reshape(x, aligned);
  return tile(
    same,
    shape.map((size, axis) => (aligned[axis] === size ? 1 : size)),
  );
};
