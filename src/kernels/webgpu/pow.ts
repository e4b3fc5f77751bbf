import { backend_util, Pow, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { eachNumber, integers } from './program.ts';
import { repeated } from './repeated.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** The power of integers, by squares: negative powers are cut to integers. */
const ofIntegers = `
var base = a[index * uniforms.stepA];
var rest = b[index * uniforms.stepB];
var y = 1;
if (rest < 0) {
  if (base == -1) { y = 1 - 2 * (rest & 1); } else { y = select(0, 1, base == 1); }
}
for (; rest > 0; rest = rest >> 1) {
  if ((rest & 1) == 1) { y = y * base; }
  base = base * base;
}
setOutputAtIndexI32(index, y);`;

/** WGSL has no powers of 0 and of numbers below. */
const ofFloats = `
let base = a[index * uniforms.stepA];
let power = b[index * uniforms.stepB];
var y = 1.0;
if (isnan(base) || isnan(power) || (base < 0.0 && floor(power) != power)) { y = uniforms.NAN; }
else if (base == 0.0) { y = select(uniforms.INFINITY, 0.0, power > 0.0); }
else {
  y = select(pow(abs(base), power), 1.0, abs(base) == 1.0);
  if (base < 0.0 && abs(power) % 2.0 == 1.0) { y = -y; }
}
if (power == 0.0) { y = 1.0; }
setOutputAtIndex(index, y);`;

/**
 * Powers. tfjs's program computes those of integers in floats, a little less than the integer on some devices, and cuts them: 24
 * for 5 * 5; and it gives 0 for negative powers of 0.
 */
export const pow: WebgpuKernel = {
  name: Pow,
  run: (call, stock) => {
    const [a, b] = [call.inputs.a!, call.inputs.b!];
    const { dtype } = a;
    if (dtype !== b.dtype || (dtype !== 'float32' && dtype !== 'int32')) return stock(call);
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const size = util.sizeFromShape(shape);
    if (size === 0) return stock(call);
    const spread = (x: TensorInfo): TensorInfo =>
      [1, size].includes(util.sizeFromShape(x.shape)) ? x : repeated(call.backend, x, shape);
    const [left, right] = [spread(a), spread(b)];
    const stride = (x: TensorInfo): number => (util.sizeFromShape(x.shape) === size ? 1 : 0);
    const result = eachNumber(call.backend, {
      name: `pow ${dtype}`,
      inputs: { a: left, b: right },
      uniforms: integers({ stepA: stride(left), stepB: stride(right) }),
      shape,
      dtype,
      body: dtype === 'int32' ? ofIntegers : ofFloats,
    });
    if (left !== a) call.backend.disposeData(left.dataId);
    if (right !== b) call.backend.disposeData(right.dataId);
    return result;
  },
};
