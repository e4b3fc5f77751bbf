import { adam } from './adam.ts';
import { bincounts } from './bincount.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { expm1, log1p, tanh } from './nearZero.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Every kernel that the library brings for tfjs's webgpu backend. */
export const webgpuKernels: readonly WebgpuKernel[] = [
  adam,
  bernoulli,
  ...bincounts,
  expm1,
  log1p,
  normalDraw,
  normalDrawGradient,
  standardNormal,
  tanh,
  uniform,
];
