import type { Tensor } from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import { isTensor } from '../tree/index.ts';
import { isTracer } from '../vmap/tracer.ts';

/**
 * The values of a number or of a tensor that can be read without cost; empty for a tensor on a GPU or inside `vmap`.
 *
 * @example
 * peekValues(tf.tensor1d([1, 2])); // [1, 2]
 */
export const peekValues = (value: number | Tensor): readonly number[] => {
  if (!isTensor(value)) return [value];
  const hidden: boolean = isTracer(value);
  return hidden || !canReadSync() ? [] : Array.from(value.dataSync());
};
