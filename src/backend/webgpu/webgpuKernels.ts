import { adam } from './adam.ts';
import { batchMatMul } from './batchMatMul.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { expm1, log1p, tanh } from './nearZero.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import { mean, sum } from './sum.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Every kernel that the library brings for tfjs's webgpu backend. */
export const webgpuKernels: readonly WebgpuKernel[] = [
  adam,
  batchMatMul,
  bernoulli,
  expm1,
  log1p,
  mean,
  normalDraw,
  normalDrawGradient,
  standardNormal,
  sum,
  tanh,
  uniform,
];
