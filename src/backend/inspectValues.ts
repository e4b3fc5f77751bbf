import type { Tensor } from '@tensorflow/tfjs-core';
import { runKernel } from '../ops/engine.ts';
import { type InspectAttributes, inspectKernel, isRecording } from '../ops/recording.ts';
import { canReadSync } from './canReadSync.ts';

/**
 * Hands the values of a tensor in main memory to a function that throws if they are wrong, and returns whether they are there: a
 * GPU would have to be waited for. What is recorded inspects its values again when it is replayed, so the function may depend on
 * nothing else that changes.
 *
 * @example
 * inspectValues(tf.tensor1d([1, 2]), ([first]) => first === 1 || invalidArgument('first', '1', first));
 */
export const inspectValues = (x: Tensor, inspect: InspectAttributes['inspect']): boolean => {
  if (!canReadSync()) return false;
  if (isRecording()) runKernel<Tensor[]>(inspectKernel, { x }, { inspect });
  else inspect(x.dataSync());
  return true;
};
