import * as tf from '@tensorflow/tfjs-core';
import { mendKernel } from '../registry.ts';
import { unbroadcast } from './unbroadcast.ts';

/** Names of the tensors to save, without absent ones, which the engine fails to copy. */
const withoutAbsent = (names: readonly string[]): string[] =>
  Object.assign([...names], {
    map: <Y>(f: (name: string, at: number, all: string[]) => Y): Y[] =>
      Array.prototype.map
        .call<string[], [typeof f], Y[]>([...names], f)
        .filter((saved) => saved !== undefined),
  });

/**
 * The gradient of `tf.batchNorm`, with or without scale and offset, whose shapes may be those of a vector or of a
 * batch item.
 */
export const batchNormGradient: tf.GradConfig = {
  kernelName: tf.FusedBatchNorm,
  inputsToSave: withoutAbsent(['x', 'mean', 'variance', 'scale']),
  gradFunc: (given, saved, attrs) => {
    const dy = given as tf.Tensor;
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
    const { varianceEpsilon } = attrs as { readonly varianceEpsilon: number };
    const inverse = (): tf.Tensor => tf.rsqrt(tf.add(variance, varianceEpsilon));
    const byInput = (): tf.Tensor => tf.mul(dy, scale ? tf.mul(inverse(), scale) : inverse());
    return {
      x: byInput,
      mean: () => tf.neg(unbroadcast(byInput(), mean.shape)),
      variance: () => {
        const each = tf.mul(tf.mul(byInput(), tf.sub(x, mean)), -0.5);
        return unbroadcast(tf.mul(each, tf.square(inverse())), variance.shape);
      },
      scale: () => unbroadcast(tf.mul(dy, tf.mul(tf.sub(x, mean), inverse())), scale!.shape),
      offset: () => unbroadcast(dy, mean.shape),
    };
  },
};

/**
 * Makes the kernel of `tf.batchNorm` delete absent inputs from its record of inputs, which is also the tape's:
 * backpropagation through the tape stops at an undefined input.
 */
export const leaveOutAbsentInputs = (backendName: string): void =>
  mendKernel(tf.FusedBatchNorm, backendName, (stock) => (call) => {
    for (const name of Object.keys(call.inputs))
      if (call.inputs[name] === undefined) Reflect.deleteProperty(call.inputs, name);
    return stock(call);
  });
