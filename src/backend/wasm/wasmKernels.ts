import { padded, withPaddedKernels } from '../explicitPads.ts';
import { adam } from './adam.ts';
import { batchMatMul } from './batchMatMul.ts';
import { bounds } from './bounds.ts';
import { cast } from './cast.ts';
import { conv2dFilterGradient, conv2dInputGradient } from './conv2dGradients.ts';
import { conv3dFilterGradient, conv3dInputGradient } from './conv3dGradients.ts';
import { sampledConvolutions } from './convolution.ts';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseGradients.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { exp, expm1 } from './exp.ts';
import { convolutions } from './explicitPads.ts';
import { fixes } from './fixes.ts';
import { fusedMatMul } from './fusedMatMul.ts';
import { hostKernels } from './hostKernels.ts';
import { identity } from './identity.ts';
import { indexed } from './indices.ts';
import { log1p } from './log1p.ts';
import { maxPoolGradient } from './maxPoolGradient.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import { pooling } from './pooling.ts';
import { mean, sum } from './sum.ts';
import { tile } from './tile.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';
import type { WasmKernel } from './wasmKernel.ts';

const kernels: readonly WasmKernel<object>[] = [
  adam,
  batchMatMul,
  bernoulli,
  ...bounds,
  cast,
  conv2dFilterGradient,
  conv2dInputGradient,
  conv3dFilterGradient,
  conv3dInputGradient,
  ...convolutions,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  exp,
  expm1,
  ...fixes,
  fusedMatMul,
  ...hostKernels,
  identity,
  ...indexed,
  log1p,
  maxPoolGradient,
  mean,
  normalDraw,
  normalDrawGradient,
  ...pooling,
  ...sampledConvolutions,
  standardNormal,
  sum,
  tile,
  uniform,
  unsortedSegmentSum,
];

/** Every kernel that the library brings for tfjs's wasm backend. */
export const wasmKernels: readonly WasmKernel<object>[] = withPaddedKernels(
  kernels,
  (name): WasmKernel => ({ name, run: (call, stock) => stock(call) }),
).map(padded);
