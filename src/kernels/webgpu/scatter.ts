import { backend_util, ScatterNd, type TensorInfo } from '@tensorflow/tfjs-core';
import { exactSums } from './exactSums.ts';
import { filled } from './filled.ts';
import { integers } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Sums of rows at indices; those out of range are ignored. tfjs's loses the digits of long sums. */
export const scatter: WebgpuKernel = {
  name: ScatterNd,
  run: (call, stock) => {
    const { backend, inputs, attrs } = call;
    const { indices, updates } = inputs as Readonly<Record<'indices' | 'updates', TensorInfo>>;
    const shape = attrs.shape as number[];
    const { sliceRank, numUpdates, sliceSize, outputSize } = backend_util.calculateShapes(
      updates,
      indices,
      shape,
    );
    const count = numUpdates * sliceSize;
    if (outputSize === 0 || count === 0) return filled(backend, shape, updates.dtype, 0);
    const floats = updates.dtype === 'float32' && indices.dtype === 'int32';
    if (!floats || updates.shape.length === 0) return stock(call);
    const lengths = backend.makeTensorInfo([sliceRank], 'int32', Int32Array.from(shape.slice(0, sliceRank)));
    const sums = exactSums(backend, {
      name: ScatterNd,
      inputs: { updates, indices, lengths },
      uniforms: integers({ depth: sliceSize, axes: sliceRank }),
      count,
      most: numUpdates,
      place: `
let update = index / uniforms.depth;
var row = 0;
for (var axis = 0; axis < uniforms.axes; axis = axis + 1) {
  let at = indices[update * uniforms.axes + axis];
  if (at < 0 || at >= lengths[axis]) { return -1; }
  row = row * lengths[axis] + at;
}
return row * uniforms.depth + index - update * uniforms.depth;`,
      number: 'updates[index]',
      shape,
    });
    backend.disposeData(lengths.dataId);
    return sums;
  },
};
