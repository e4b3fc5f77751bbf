import { type Tensor, util } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';

/**
 * A log density of a weight, if it has no more numbers than the weight: one that was broadcast to more would count some of
 * them several times.
 *
 * @throws Error naming whose log density it is otherwise
 * @example
 * checkLogProb("prior of '0.bias'", [2], tf.zeros([2])); // the tensor
 */
export const checkLogProb = (whose: string, shape: readonly number[], logProb: Tensor): Tensor =>
  logProb.size <= util.sizeFromShape([...shape])
    ? logProb
    : misuse(`logProb of the ${whose}`, `summed, or of the weight's shape [${shape.join(', ')}]`, logProb);
