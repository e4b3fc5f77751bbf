import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels for a tensor with its square, whose gradients meet in one pass. A backend may lack them: `withSquare`
 * then computes the same in plain operations. All tensors are float32.
 *
 * - `forward`: `x` to `x` and its square
 * - `gradient`: `dx`, `x` and `dSquare` to `dx + 2 x dSquare`
 */
export const withSquareKernels = {
  forward: 'TfjsBayesianWithSquare',
  gradient: 'TfjsBayesianWithSquareGradient',
} as const;

/** The gradient of `withSquareKernels.forward`. */
export const withSquareGradient: tf.GradConfig = {
  kernelName: withSquareKernels.forward,
  inputsToSave: ['x'],
  gradFunc: (given, saved) => {
    const [dx, dSquare] = given as unknown as [tf.Tensor, tf.Tensor];
    const [x] = saved as [tf.Tensor];
    return {
      x: () =>
        isDifferentiatedAgain()
          ? tf.add(dx, tf.mul(tf.mul(2, x), dSquare))
          : runKernel(withSquareKernels.gradient, { dx, x, dSquare }, {}),
    };
  },
};

/** A tensor, and its square. */
export interface WithSquare {
  readonly x: tf.Tensor;
  readonly square: tf.Tensor;
}

/**
 * A tensor with its square, for functions of both. Only this function chooses between a kernel and plain operations.
 *
 * @example
 * const { x, square } = withSquare(tf.tensor1d([1, -2])); // [1, -2] and [1, 4]
 */
export const withSquare = (given: tf.Tensor): WithSquare => {
  if (given.dtype !== 'float32' || !hasKernel(withSquareKernels.forward))
    return { x: given, square: tf.square(given) };
  const [x, square] = runKernel<tf.Tensor[]>(withSquareKernels.forward, { x: given }, {}) as [
    tf.Tensor,
    tf.Tensor,
  ];
  return { x, square };
};
