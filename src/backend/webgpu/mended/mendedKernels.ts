import type { OwnKernel } from '../../replaceKernels.ts';
import { addN } from './addN.ts';
import { binaries } from './binary.ts';
import { complexParts } from './complexParts.ts';
import { cumulative } from './cumulative.ts';
import { flats } from './flat.ts';
import { moves } from './moves.ts';
import { takingApart } from './parts.ts';
import { reductions } from './reductions.ts';
import { select } from './select.ts';
import { mean, sum } from './sum.ts';

/** Kernels of tfjs's webgpu backend with their defects worked round. */
export const mendedKernels: readonly OwnKernel[] = [
  addN,
  ...binaries,
  ...complexParts,
  ...cumulative,
  ...flats,
  mean,
  ...moves,
  ...reductions,
  select,
  sum,
  ...takingApart,
];
