import * as tf from '@tensorflow/tfjs-core';
import { sameShape } from '../check/index.ts';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain, savedOutput } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels that add noise to outputs. A backend may lack them: `addNoise` then computes the same in plain
 * operations. All tensors are float32; the attributes are `AddNoiseAttributes`.
 *
 * - `forward`: `location` and `variance`, both [...items, ...shape], and `noise` [...items, ...repeats, ...shape], to the
 *   result like `noise`
 * - `gradient`: `dy` and `noise` like that result, and `variance`, to the gradients of `location` and `variance`, summed over
 *   the repeats
 */
export const addNoiseKernels = {
  forward: 'TfjsBayesianAddNoise',
  gradient: 'TfjsBayesianAddNoiseGradient',
} as const;

/** The attributes of both kernels. */
export interface AddNoiseAttributes {
  /** The number of axes of `shape`. */
  readonly rank: number;
}

/** Guards against division by 0. Its reciprocal is finite, and it is below any relevant variance. */
const tiny = 1e-37;

/** The square root with gradient 0 at 0, as outputs without noise need. */
const sqrtOrZero = (variance: tf.Tensor): tf.Tensor =>
  customGrad((x: tf.Tensor) => {
    const root = tf.sqrt(x);
    return {
      value: root,
      saved: [x, root],
      gradient: (dy, [of, its]) => tf.mul(dy, tf.div(tf.mul(savedOutput(its), 0.5), tf.add(of, tiny))),
    };
  })(variance);

/** A gradient summed over the axes that items share: those between their own and the last `rank`. */
const overRepeats = (gradient: tf.Tensor, shape: readonly number[], rank: number): tf.Tensor => {
  const items = shape.length - rank;
  const axes = gradient.shape.flatMap((_, axis) =>
    axis >= items && axis < gradient.rank - rank ? [axis] : [],
  );
  return axes.length > 0 ? tf.sum(gradient, axes) : gradient;
};

/** The gradients in plain operations, which can be differentiated again. */
const plainGradients = (dy: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor, rank: number): tf.Tensor[] => {
  const slope = tf.div(tf.mul(sqrtOrZero(variance), 0.5), tf.add(variance, tiny));
  const products = overRepeats(tf.mul(dy, noise), variance.shape, rank);
  return [overRepeats(dy, variance.shape, rank), tf.mul(products, slope)];
};

/** The gradient of `addNoiseKernels.forward`. */
export const addNoiseGradient: tf.GradConfig = {
  kernelName: addNoiseKernels.forward,
  inputsToSave: ['variance', 'noise'],
  gradFunc: (given, saved, attrs: object) => {
    const dy = given as tf.Tensor;
    const [variance, noise] = saved as [tf.Tensor, tf.Tensor];
    const { rank } = attrs as AddNoiseAttributes;
    // Not inside the functions: the tidy of the first would dispose the result before the second.
    const [dLocation, dVariance] = isDifferentiatedAgain()
      ? plainGradients(dy, variance, noise, rank)
      : runKernel<tf.Tensor[]>(addNoiseKernels.gradient, { dy, variance, noise }, attrs);
    return {
      location: () => dLocation!,
      variance: () => dVariance!,
      noise: () => {
        const ones = Array<number>(noise.rank - variance.rank).fill(1);
        const items = variance.rank - rank;
        const shape = [...variance.shape.slice(0, items), ...ones, ...variance.shape.slice(items)];
        return tf.mul(dy, tf.reshape(sqrtOrZero(variance), shape));
      },
    };
  },
};

/**
 * Outputs with noise: `location + sqrt(variance) noise`. The gradient of a variance of 0 is 0. Only this function chooses
 * between a kernel and plain operations.
 *
 * @example
 * addNoise(tf.tensor1d([1, 2]), tf.tensor1d([4, 0]), tf.tensor1d([0.5, 3])); // [2, 2]
 */
export const addNoise = (location: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor): tf.Tensor => {
  const tensors = [location, variance, noise];
  const isFused =
    tensors.every(({ dtype, shape }) => dtype === 'float32' && sameShape(shape, location.shape)) &&
    hasKernel(addNoiseKernels.forward);
  return isFused
    ? runKernel(addNoiseKernels.forward, { location, variance, noise }, { rank: location.rank })
    : tf.add(location, tf.mul(sqrtOrZero(variance), noise));
};
