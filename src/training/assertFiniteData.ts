import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import { entries } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';

/** A sum is enough to see NaN and infinities; one that overflows is looked at element by element. */
const isFiniteTensor = (x: tf.Tensor): boolean => {
  const sum = tf.tidy(() => tf.sum(x).dataSync()[0]);
  return Number.isFinite(sum) || x.dataSync().every(Number.isFinite);
};

/**
 * Refuses data with NaN or infinite values. On a GPU, where looking would wait for the device, it is trusted.
 *
 * @throws Error naming the function and the place in the data
 * @example
 * assertFiniteData('batches', { inputs: images });
 */
export const assertFiniteData = (fn: string, data: unknown): void => {
  if (!canReadSync()) return;
  for (const { path, tensor } of entries(data)) {
    const hidden: boolean = isTracer(tensor);
    if (tensor.dtype === 'float32' && !hidden && !isFiniteTensor(tensor)) {
      throw new Error(`${fn}: ${pathName(path)} must be finite, but has NaN or infinite values`);
    }
  }
};
