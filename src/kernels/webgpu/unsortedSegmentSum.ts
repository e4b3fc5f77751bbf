import { type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { exactSums } from './exactSums.ts';
import { filled } from './filled.ts';
import { integers } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/**
 * Segment sums, which the gradient of `tf.gather` uses. tfjs's adds one number after the other, in a nondeterministic
 * order, and loses the digits of long sums.
 */
export const unsortedSegmentSum: WebgpuKernel = {
  name: UnsortedSegmentSum,
  run: (call, stock) => {
    const { x, segmentIds } = call.inputs as Readonly<Record<'x' | 'segmentIds', TensorInfo>>;
    const segments = Number(call.attrs.numSegments);
    const [rows = 0] = x.shape;
    const shape = [segments, ...x.shape.slice(1)];
    const fits = segmentIds.shape.length === 1 && segmentIds.shape[0] === rows;
    const size = util.sizeFromShape(x.shape);
    if (segmentIds.dtype !== 'int32' || !fits) return stock(call);
    if (size * segments === 0) return filled(call.backend, shape, 'float32', 0);
    return exactSums(call.backend, {
      name: UnsortedSegmentSum,
      inputs: { x, ids: segmentIds },
      uniforms: integers({ depth: size / rows, segments }),
      count: size,
      most: rows,
      place: `
let row = index / uniforms.depth;
let segment = ids[row];
if (segment < 0 || segment >= uniforms.segments) { return -1; }
return segment * uniforms.depth + index - row * uniforms.depth;`,
      number: 'x[index]',
      shape,
    });
  },
};
