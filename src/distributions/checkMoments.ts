import type { Tensor } from '@tensorflow/tfjs-core';
import { misuse, sameShape } from '../check/index.ts';

/**
 * A posterior's mean and variance, if both have the weight's shape.
 *
 * @throws Error naming whose moments they are otherwise
 * @example
 * checkMoments("posterior of '0.bias'", [2], { mean: tf.zeros([2]), variance: tf.ones([2]) });
 */
export const checkMoments = <M extends { readonly mean: Tensor; readonly variance: Tensor }>(
  whose: string,
  shape: readonly number[],
  moments: M,
): M => {
  for (const name of ['mean', 'variance'] as const) {
    if (!sameShape(moments[name].shape, shape)) {
      misuse(
        `${name} of the ${whose}`,
        `a tensor of the weight's shape [${shape.join(', ')}]`,
        moments[name],
      );
    }
  }
  return moments;
};
