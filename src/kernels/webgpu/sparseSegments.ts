import { SparseSegmentMean, SparseSegmentSum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { exactSums } from './exactSums.ts';
import { eachNumber, integers } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Sums or means of rows; tfjs's kernel loses the digits of long sums, but determines the shape. */
const reducing = (name: string, means: boolean): WebgpuKernel => ({
  name,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const { data, indices, segmentIds } = inputs as Readonly<
      Record<'data' | 'indices' | 'segmentIds', TensorInfo>
    >;
    const plain = stock(call);
    const [size, rows] = [util.sizeFromShape(plain.shape), util.sizeFromShape(indices.shape)];
    const depth = util.sizeFromShape(data.shape.slice(1));
    if (data.dtype !== 'float32' || size * rows * depth === 0) return plain;
    backend.disposeData(plain.dataId);
    const sums = exactSums(backend, {
      name: 'sparse segments',
      inputs: { data, rows: indices, ids: segmentIds },
      uniforms: integers({ depth, segments: plain.shape[0]! }),
      count: rows * depth,
      most: rows,
      place: `
let segment = ids[index / uniforms.depth];
if (segment < 0 || segment >= uniforms.segments) { return -1; }
return segment * uniforms.depth + index % uniforms.depth;`,
      number: 'data[rows[index / uniforms.depth] * uniforms.depth + index % uniforms.depth]',
      shape: plain.shape,
    });
    if (!means) return sums;
    const quotients = eachNumber(backend, {
      name,
      inputs: { sums, ids: segmentIds },
      uniforms: integers({ depth, rows }),
      shape: plain.shape,
      body: `
var count = 0;
for (var row = 0; row < uniforms.rows; row = row + 1) {
  if (ids[row] == index / uniforms.depth) { count = count + 1; }
}
setOutputAtIndex(index, sums[index] / f32(max(count, 1)));`,
    });
    backend.disposeData(sums.dataId);
    return quotients;
  },
});

/** The kernels that reduce sorted segments. */
export const sparseSegments: readonly WebgpuKernel[] = [
  reducing(SparseSegmentSum, false),
  reducing(SparseSegmentMean, true),
];
