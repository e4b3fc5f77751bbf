import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { HostMemory } from './hostKernel.ts';

/**
 * Holds coordinates to the axes that they point along. On cpu TensorFlow.js looks at the place alone, so that behind the end
 * of a row the next one is found; on wasm it does not look at all.
 *
 * @param axes how many numbers are one coordinate
 * @throws Error in TensorFlow.js's words, with the coordinate and the shape
 */
export const checkCoordinates = (
  memory: HostMemory,
  indices: TensorInfo,
  axes: number,
  shape: readonly number[],
): void => {
  const values = memory.valuesOf(indices);
  for (let at = 0; at < values.length; at++) {
    const axis = at % axes;
    if (values[at]! >= 0 && values[at]! < shape[axis]!) continue;
    const place = values.subarray(at - axis, at - axis + axes);
    throw new Error(`Invalid indices: ${place} does not index into ${shape.join()}`);
  }
};
