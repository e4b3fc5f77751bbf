import * as tf from '@tensorflow/tfjs-core';

const zeros = ({ shape }: tf.Tensor): (() => tf.Tensor) => {
  const copy = [...shape];
  return () => tf.zeros(copy);
};

/** The gradient of a kernel that is constant between jumps: zero, as in TensorFlow. */
const constant = (kernelName: string, ...inputs: string[]): tf.GradConfig => ({
  kernelName,
  inputsToSave: inputs,
  gradFunc: (_, saved) => Object.fromEntries(inputs.map((input, at) => [input, zeros(saved[at]!)])),
});

/**
 * The gradients of kernels that are constant between jumps. TensorFlow.js has none for most, so that a comparison between
 * a loss and what it is differentiated by is an exception, and takes the quotient for a floored quotient.
 */
export const constantGradients: readonly tf.GradConfig[] = [
  ...[tf.Equal, tf.NotEqual, tf.Less, tf.LessEqual, tf.Greater, tf.GreaterEqual, tf.FloorDiv].map((name) =>
    constant(name, 'a', 'b'),
  ),
  ...[tf.LogicalAnd, tf.LogicalOr].map((name) => constant(name, 'a', 'b')),
  ...[tf.LogicalNot, tf.All, tf.Any].map((name) => constant(name, 'x')),
];

/** The gradient of `tf.cast`. TensorFlow.js's own takes rounding to integers, or to booleans, for the identity. */
export const castGradient: tf.GradConfig = {
  kernelName: tf.Cast,
  gradFunc: (dy, _, attrs) => {
    const { dtype } = attrs as { readonly dtype: tf.DataType };
    const isSmooth = dtype === 'float32' || dtype === 'complex64';
    return { x: () => (isSmooth ? tf.clone(dy as tf.Tensor) : tf.zeros((dy as tf.Tensor).shape)) };
  },
};
