import * as tf from '@tensorflow/tfjs-core';

/** A gradient summed over the axes along which a tensor of shape `shape` was broadcast. */
export const unbroadcast = (gradient: tf.Tensor, shape: readonly number[]): tf.Tensor => {
  if (tf.util.arraysEqual(gradient.shape, [...shape])) return gradient;
  const axes = tf.broadcast_util.getReductionAxes([...shape], gradient.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, [...shape]);
};
