import * as tf from '@tensorflow/tfjs-core';

const zeros = ({ shape }: tf.Tensor): (() => tf.Tensor) => {
  const copy = [...shape];
  return () => tf.zeros(copy);
};

/** The gradient of a piecewise constant kernel: zero, as in TensorFlow. */
const constant = (kernelName: string, ...inputs: string[]): tf.GradConfig => ({
  kernelName,
  inputsToSave: inputs,
  gradFunc: (_, saved) => Object.fromEntries(inputs.map((input, at) => [input, zeros(saved[at]!)])),
});

/**
 * The gradients of piecewise constant kernels. TensorFlow.js lacks most of them, so that a comparison between a loss
 * and its variables throws, and its gradient of a floored quotient is that of the quotient.
 */
export const constantGradients: readonly tf.GradConfig[] = [
  ...[tf.Equal, tf.NotEqual, tf.Less, tf.LessEqual, tf.Greater, tf.GreaterEqual, tf.FloorDiv].map((name) =>
    constant(name, 'a', 'b'),
  ),
  ...[tf.LogicalAnd, tf.LogicalOr].map((name) => constant(name, 'a', 'b')),
  ...[tf.LogicalNot, tf.All, tf.Any].map((name) => constant(name, 'x')),
];

/** The gradient of `tf.cast`. TensorFlow.js's own treats a cast to integers or booleans as the identity. */
export const castGradient: tf.GradConfig = {
  kernelName: tf.Cast,
  gradFunc: (dy, _, attrs) => {
    const { dtype } = attrs as { readonly dtype: tf.DataType };
    const isSmooth = dtype === 'float32' || dtype === 'complex64';
    return { x: () => (isSmooth ? tf.clone(dy as tf.Tensor) : tf.zeros((dy as tf.Tensor).shape)) };
  },
};
