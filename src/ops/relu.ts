import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The name of a kernel of the gradient of a rectifier. It takes the float32 tensors `y`, the rectified numbers, and `dy`, its
 * gradient, and returns `dy` where `y` is above 0, else 0. A backend may lack it: the gradient is then computed in plain
 * operations.
 */
export const reluGradientKernel = 'TfjsBayesianReluGradient';

const slope = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  [dy, y].every(({ dtype }) => dtype === 'float32') &&
  !isDifferentiatedAgain() &&
  hasKernel(reluGradientKernel)
    ? runKernel(reluGradientKernel, { dy, y }, {})
    : tf.mul(dy, tf.step(y));

/**
 * The gradient of `tf.relu`, computed from its output, which the next layer's product saves as well. TensorFlow.js's own saves
 * the input, so that every hidden layer is stored twice until the backward pass. Only here a kernel or plain operations are
 * chosen.
 */
export const reluGradient: tf.GradConfig = {
  kernelName: tf.Relu,
  inputsToSave: [],
  outputsToSave: [true],
  gradFunc: (dy, [y]) => ({ x: () => slope(dy as tf.Tensor, y!) }),
};
