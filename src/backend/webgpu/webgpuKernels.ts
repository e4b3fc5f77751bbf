import { adam } from './adam.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Every kernel that the library brings for tfjs's webgpu backend. */
export const webgpuKernels: readonly WebgpuKernel[] = [
  adam,
  bernoulli,
  normalDraw,
  normalDrawGradient,
  standardNormal,
  uniform,
];
