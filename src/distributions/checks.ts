import { type Tensor, util } from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';

/**
 * A weight's log density, if it has no more elements than the weight. One broadcast to more would count some of them
 * several times.
 *
 * @throws Error naming whose log density it is otherwise
 * @example
 * checkLogProb("prior of '0.bias'", [2], tf.zeros([2])); // the tensor
 */
export const checkLogProb = (whose: string, shape: readonly number[], logProb: Tensor): Tensor =>
  logProb.size <= util.sizeFromShape([...shape])
    ? logProb
    : invalidArgument(
        `logProb of the ${whose}`,
        `summed, or of the weight's shape [${shape.join(', ')}]`,
        logProb,
      );

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
      invalidArgument(
        `${name} of the ${whose}`,
        `a tensor of the weight's shape [${shape.join(', ')}]`,
        moments[name],
      );
    }
  }
  return moments;
};
