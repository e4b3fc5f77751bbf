import {
  Acosh,
  Asinh,
  Atanh,
  backend_util,
  Cosh,
  Elu,
  Exp,
  Expm1,
  Log,
  Log1p,
  Relu6,
  Selu,
  Sigmoid,
  Sinh,
  Softplus,
  Tanh,
} from '@tensorflow/tfjs-core';
import { eachNumber } from './program.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** A function of each number, from an expression of WGSL on `x`; NaN stays NaN. */
const elementwise = (name: string, expression: string, functions: readonly string[] = []): WebgpuKernel => ({
  name,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype !== 'float32' || (computedOnCpu.includes(name) && call.backend.shouldExecuteOnCPU([x])))
      return stock(call);
    return eachNumber(call.backend, {
      name,
      inputs: { numbers: x },
      shape: x.shape,
      functions,
      body: `
let x = numbers[index];
var y = x;
if (!isnan(x)) { y = ${expression}; }
setOutputAtIndex(index, y);`,
    });
  },
});

const { SELU_SCALE, SELU_SCALEALPHA } = backend_util;

/** The kernels that tfjs runs on the CPU for small tensors that are not on the device yet. */
const computedOnCpu: readonly string[] = [Exp, Log];

// tfjs's formulas subtract 1 from a number close to 1, so that few digits are left near 0. The logarithms and
// hyperbolic tangents of some devices are no better there, some exponentials return infinity for NaN, and some
// logarithms a finite number for 0, infinity or NaN. The series are exact to float32 within their bounds.

/** The logarithm, with its special values. */
const accurateLog = `
fn accurateLog(x : f32) -> f32 {
  if (x < 0.0) { return uniforms.NAN; }
  if (x == 0.0) { return -uniforms.INFINITY; }
  return select(log(x), x, x == uniforms.INFINITY);
}`;

/** `log(1 + x) = 2 atanh(x / (2 + x))`. */
export const accurateLog1p = `
fn accurateLog1p(x : f32) -> f32 {
  if (x == uniforms.INFINITY) { return x; }
  if (x == -1.0) { return -uniforms.INFINITY; }
  if (abs(x) >= 0.25) { return log(1.0 + x); }
  let s = x / (2.0 + x);
  let t = s * s;
  return 2.0 * s * (1.0 + t * (1.0 / 3.0 + t * (0.2 + t * (1.0 / 7.0 + t / 9.0))));
}`;

/** `exp(x) - 1`, by its Taylor series. */
const accurateExpm1 = `
fn accurateExpm1(x : f32) -> f32 {
  if (abs(x) >= 0.35) { return exp(x) - 1.0; }
  return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0))))));
}`;

/** The hyperbolic tangent, by its Taylor series; 1 for large numbers, whose exponentials may overflow. */
const accurateTanh = `
fn accurateTanh(x : f32) -> f32 {
  if (abs(x) >= 0.3) { return tanh(clamp(x, -15.0, 15.0)); }
  let t = x * x;
  return x * (1.0 + t * (-1.0 / 3.0 + t * (2.0 / 15.0 + t * (-17.0 / 315.0 + t * 62.0 / 2835.0))));
}`;

/** The inverse hyperbolic sine: some devices subtract the root from a number below 0, and square large ones to infinity. */
const accurateAsinh = `
fn accurateAsinh(x : f32) -> f32 {
  let t = abs(x);
  if (t == uniforms.INFINITY) { return x; }
  if (t > 1e9) { return sign(x) * (log(t) + ${Math.LN2}); }
  return sign(x) * accurateLog1p(t + t * t / (1.0 + sqrt(t * t + 1.0)));
}`;

/** Elementwise functions that keep digits and NaN where tfjs's webgpu backend loses them. */
export const stableElementwise: readonly WebgpuKernel[] = [
  elementwise(Acosh, 'select(acosh(x), uniforms.NAN, x < 1.0)'),
  elementwise(Asinh, 'accurateAsinh(x)', [accurateLog1p, accurateAsinh]),
  elementwise(
    Atanh,
    `select(
      select(
        sign(x) * 0.5 * accurateLog1p(2.0 * abs(x) / (1.0 - abs(x))),
        x * uniforms.INFINITY,
        abs(x) == 1.0
      ),
      uniforms.NAN,
      abs(x) > 1.0
    )`,
    [accurateLog1p],
  ),
  elementwise(Cosh, '0.5 * (exp(x) + exp(-x))'),
  elementwise(Elu, 'select(accurateExpm1(x), x, x >= 0.0)', [accurateExpm1]),
  elementwise(Exp, 'exp(x)'),
  elementwise(Expm1, 'accurateExpm1(x)', [accurateExpm1]),
  elementwise(Log, 'accurateLog(x)', [accurateLog]),
  elementwise(Log1p, 'accurateLog1p(x)', [accurateLog1p]),
  elementwise(Relu6, 'clamp(x, 0.0, 6.0)'),
  elementwise(Selu, `select(${SELU_SCALEALPHA} * accurateExpm1(x), ${SELU_SCALE} * x, x >= 0.0)`, [
    accurateExpm1,
  ]),
  elementwise(Sigmoid, '1.0 / (1.0 + exp(-x))'),
  elementwise(Sinh, '0.5 * (accurateExpm1(x) - accurateExpm1(-x))', [accurateExpm1]),
  elementwise(Softplus, 'max(x, 0.0) + accurateLog1p(exp(-abs(x)))', [accurateLog1p]),
  elementwise(Tanh, 'accurateTanh(x)', [accurateTanh]),
];
