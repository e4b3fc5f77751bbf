import type { Tensor } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

/**
 * Refuses what is no sequence of the features that a layer was made for.
 *
 * @throws Error naming the argument
 * @example
 * checkSequence('transformer: src', tf.zeros([2, 5, 8]), 8);
 */
export const checkSequence = (argument: string, x: Tensor, features: number): void => {
  if (!isTensor(x) || (x.rank !== 2 && x.rank !== 3) || x.shape.at(-1) !== features) {
    misuse(argument, `a tensor [batch, length, ${features}], or [length, ${features}] without a batch`, x);
  }
};
