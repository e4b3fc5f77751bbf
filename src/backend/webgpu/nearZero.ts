import { Expm1, Log1p, Tanh } from '@tensorflow/tfjs-core';
import { eachNumber } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** A function of each number, from statements of WGSL on `x` that give `y` near 0, and an expression for elsewhere. */
const elementwise = (name: string, near: number, series: string, elsewhere: string): WebgpuKernel => ({
  name,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype !== 'float32') return stock(call);
    return eachNumber(call.backend, {
      name,
      inputs: { numbers: x },
      shape: x.shape,
      body: `
let x = numbers[index];
var y = ${elsewhere};
if (abs(x) < ${near}) { ${series} }
setOutputAtIndex(index, y);`,
    });
  },
});

// What tfjs computes takes 1 away from a number close to 1, so that few digits are left near 0; the logarithms and
// hyperbolic tangents of some devices are no better there, some exponentials make infinity of NaN, and some logarithms a number of infinity. The series are exact to float32 within their bounds.

/** `log(1 + x) = 2 atanh(x / (2 + x))`. */
export const log1p = elementwise(
  Log1p,
  0.25,
  'let s = x / (2.0 + x); let t = s * s; y = 2.0 * s * (1.0 + t * (1.0 / 3.0 + t * (0.2 + t * (1.0 / 7.0 + t / 9.0))));',
  'select(select(log(1.0 + x), x, isnan(x) || x == uniforms.INFINITY), -uniforms.INFINITY, x == -1.0)',
);

/** `exp(x) - 1`, by Taylor's series. */
export const expm1 = elementwise(
  Expm1,
  0.35,
  'y = x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0))))));',
  'select(exp(x) - 1.0, x, isnan(x))',
);

/** The hyperbolic tangent, by Taylor's series; of large numbers 1, whatever the device makes of their exponentials. */
export const tanh = elementwise(
  Tanh,
  0.3,
  'let t = x * x; y = x * (1.0 + t * (-1.0 / 3.0 + t * (2.0 / 15.0 + t * (-17.0 / 315.0 + t * 62.0 / 2835.0))));',
  'select(tanh(clamp(x, -15.0, 15.0)), x, isnan(x))',
);
