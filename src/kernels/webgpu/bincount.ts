import { Bincount, DenseBincount, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { exactSums } from './exactSums.ts';
import { eachNumber, integers } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/**
 * How often each number below `size` occurs in each row, or the sum of its weights. tfjs's loses counts where the
 * length of a row is not `size`, and its program for `binaryOutput` does not compile. Each count scans its row.
 */
const counting = (name: string): WebgpuKernel => ({
  name,
  run: ({ inputs, attrs, backend }) => {
    const { x, weights } = inputs as Readonly<Record<'x' | 'weights', TensorInfo>>;
    const { size, binaryOutput = false } = attrs as {
      readonly size: number;
      readonly binaryOutput?: boolean;
    };
    const rows = name === DenseBincount && x.shape.length === 2 ? x.shape.slice(0, 1) : [];
    const weighted = util.sizeFromShape(weights.shape) > 0 && !binaryOutput;
    const isInteger = weights.dtype !== 'float32';
    const each = util.sizeFromShape(x.shape) / util.sizeFromShape(rows);
    if (weighted && !isInteger && size > 0 && each > 0)
      return exactSums(backend, {
        name,
        inputs: { x, weights },
        uniforms: integers({ bins: size, each }),
        count: util.sizeFromShape(x.shape),
        most: each,
        place: `
let bin = i32(x[index]);
if (bin < 0 || bin >= uniforms.bins) { return -1; }
return (index / uniforms.each) * uniforms.bins + bin;`,
        number: 'weights[index]',
        shape: [...rows, size],
      });
    const add = weighted ? 'weights[at]' : '1';
    return eachNumber(backend, {
      name: `bincount ${binaryOutput}`,
      inputs: { x, ...(weighted ? { weights } : {}) },
      uniforms: integers({ bins: size, each }),
      shape: [...rows, size],
      dtype: isInteger ? 'int32' : 'float32',
      body: `
let row = index / uniforms.bins;
let bin = index - row * uniforms.bins;
var count = 0;
for (var at = row * uniforms.each; at < (row + 1) * uniforms.each; at = at + 1) {
  if (i32(x[at]) == bin) { count = ${binaryOutput ? '1' : `count + ${add}`}; }
}
setOutputAtIndex${isInteger ? 'I32(index, count)' : '(index, f32(count))'};`,
    });
  },
});

/** The kernels that count. */
export const bincounts: readonly WebgpuKernel[] = [Bincount, DenseBincount].map(counting);
