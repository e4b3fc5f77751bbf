import { backend_util, ScatterNd, type TensorInfo } from '@tensorflow/tfjs-core';
import { checkCoordinates } from './checkCoordinates.ts';
import type { HostKernel } from './hostKernel.ts';

/**
 * Sums of rows at indices, in doubles. tfjs's own loses the digits of long sums, and on wasm writes anywhere in its memory
 * where an index is out of range.
 */
export const scatter: HostKernel = {
  name: ScatterNd,
  run: ({ inputs, attrs, memory, stock }) => {
    const { indices, updates } = inputs as Readonly<Record<'indices' | 'updates', TensorInfo>>;
    const shape = attrs.shape as number[];
    const { sliceRank, numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(
      updates,
      indices,
      shape,
    );
    if (indices.dtype !== 'int32' || outputSize === 0) return stock();
    checkCoordinates(memory, indices, sliceRank, shape);
    if (updates.dtype !== 'float32') return stock();
    const [places, numbers] = [memory.valuesOf(indices), memory.valuesOf(updates)];
    const sums = new Float64Array(outputSize);
    const single = numbers.length === 1;
    for (let update = 0; update < numUpdates; update++) {
      let row = 0;
      for (let axis = 0; axis < sliceRank; axis++) row += places[update * sliceRank + axis]! * strides[axis]!;
      const [from, to] = [update * sliceSize, row * sliceSize];
      for (let i = 0; i < sliceSize; i++) sums[to + i]! += numbers[single ? 0 : from + i]!;
    }
    const out = memory.make(shape, 'float32');
    memory.valuesOf(out).set(sums);
    return out;
  },
};
