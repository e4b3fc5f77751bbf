import * as tf from '@tensorflow/tfjs-core';

/** A tensor spread over the axes that a reduction has taken away. */
const overAxes = (dy: tf.Tensor, shape: readonly number[], axis: number | number[]): tf.Tensor => {
  const axes = tf.util.parseAxisParam(axis, [...shape]);
  const kept = shape.map((size, at) => (axes.includes(at) ? 1 : size));
  return tf.add(tf.fill([...shape], 0), tf.reshape(dy, kept));
};

const axisOf = (attrs: tf.NamedAttrMap | undefined): number | number[] =>
  (attrs as { readonly axis: number | number[] }).axis;

/** The gradient of `tf.sum`. tfjs's own fills as many ones in JavaScript and sends them to the backend each time. */
export const sumGradient: tf.GradConfig = {
  kernelName: tf.Sum,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({ x: () => overAxes(dy as tf.Tensor, x!.shape, axisOf(attrs)) }),
};

/** The gradient of `tf.mean`, likewise. */
export const meanGradient: tf.GradConfig = {
  kernelName: tf.Mean,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const each = tf.mul(dy as tf.Tensor, (dy as tf.Tensor).size / x!.size);
      return overAxes(each, x!.shape, axisOf(attrs));
    },
  }),
};
