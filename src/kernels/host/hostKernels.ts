import { coordinates, scatter } from './coordinates.ts';
import { counts } from './counts.ts';
import { cumulatives } from './cumulative.ts';
import type { HostKernel } from './hostKernel.ts';
import { sparseSegments } from './sparseSegments.ts';

/** JavaScript kernels for all backends whose tensors it accesses in place. */
export const hostKernels: readonly HostKernel[] = [
  ...coordinates,
  ...counts,
  ...cumulatives,
  scatter,
  ...sparseSegments,
];
