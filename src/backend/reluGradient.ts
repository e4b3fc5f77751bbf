import * as tf from '@tensorflow/tfjs-core';

/**
 * The gradient of `tf.relu`, told by its output, which the next layer's product saves as well. tfjs's own saves the
 * input, so that every hidden layer is held twice until the gradient is there.
 */
export const reluGradient: tf.GradConfig = {
  kernelName: tf.Relu,
  inputsToSave: [],
  outputsToSave: [true],
  gradFunc: (dy, [y]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.step(y!)) }),
};
