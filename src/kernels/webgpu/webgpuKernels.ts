import { padded } from '../explicitPads.ts';
import { adam } from './adam.ts';
import { batchMatMul } from './batchMatMul.ts';
import { bincounts } from './bincount.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { filterGradients } from './filterGradients.ts';
import { fusedConvolutions } from './fusedConvolutions.ts';
import { fusedMatMul } from './fusedMatMul.ts';
import { ivon } from './ivon.ts';
import { normalDraw, normalDrawGradient } from './normalDraw.ts';
import { pow } from './pow.ts';
import { scatter } from './scatter.ts';
import { sparseSegments } from './sparseSegments.ts';
import { stableElementwise } from './stableElementwise.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

const kernels: readonly WebgpuKernel<object>[] = [
  adam,
  batchMatMul,
  bernoulli,
  ...bincounts,
  ...filterGradients,
  ...fusedConvolutions,
  fusedMatMul,
  ivon,
  normalDraw,
  normalDrawGradient,
  pow,
  scatter,
  ...sparseSegments,
  ...stableElementwise,
  standardNormal,
  uniform,
  unsortedSegmentSum,
];

/** All of the library's kernels for tfjs's webgpu backend. */
export const webgpuKernels: readonly WebgpuKernel<object>[] = kernels.map(padded);
