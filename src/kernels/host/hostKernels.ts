import { coordinates, scatter } from './coordinates.ts';
import { counts } from './counts.ts';
import { cumsum } from './cumsum.ts';
import type { HostKernel } from './hostKernel.ts';
import { sparseSegments } from './sparseSegments.ts';

/** Kernels in JavaScript for all backends whose tensors it reads in place. */
export const hostKernels: readonly HostKernel[] = [
  ...coordinates,
  ...counts,
  cumsum,
  scatter,
  ...sparseSegments,
];
