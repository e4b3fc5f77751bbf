import { adam } from './adam.ts';
import { batchMatMul } from './batchMatMul.ts';
import { conv2dFilterGradient, conv2dInputGradient } from './conv2dGradients.ts';
import { conv3dFilterGradient, conv3dInputGradient } from './conv3dGradients.ts';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseGradients.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { convolutions } from './explicitPads.ts';
import { fusedMatMul } from './fusedMatMul.ts';
import { identity } from './identity.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Every kernel that the library brings for tfjs's wasm backend. */
export const wasmKernels: readonly WasmKernel[] = [
  adam,
  batchMatMul,
  bernoulli,
  conv2dFilterGradient,
  conv2dInputGradient,
  conv3dFilterGradient,
  conv3dInputGradient,
  ...convolutions,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  fusedMatMul,
  identity,
  normalDraw,
  normalDrawGradient,
  standardNormal,
  uniform,
  unsortedSegmentSum,
];
