import { cast, equal, expandDims, range, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * For each of a list of indices `[n]` a row `[count]` with a one at that index. (Unlike `tf.oneHot` it takes a
 * count of one, and any number that is no index gives a row of zeros on every backend.)
 */
export const indicator = (indices: Tensor, count: number): Tensor2D =>
  cast(equal(cast(expandDims(indices, 1), 'float32'), range(0, count)), 'float32');
