import type { OwnKernel } from '../../replaceKernels.ts';
import { addN } from './addN.ts';
import { binaries } from './binary.ts';
import { complexParts } from './complexParts.ts';
import { cumulative } from './cumulative.ts';
import { flats } from './flat.ts';
import { indexed } from './indices.ts';
import { moves } from './moves.ts';
import { paddings } from './padding.ts';
import { takingApart } from './parts.ts';
import { reductions } from './reductions.ts';
import { select } from './select.ts';
import { sums } from './sums.ts';

/** Kernels of tfjs's webgpu backend with their defects worked round. */
export const mendedKernels: readonly OwnKernel[] = [
  addN,
  ...binaries,
  ...complexParts,
  ...cumulative,
  ...flats,
  ...indexed,
  ...moves,
  ...paddings,
  ...reductions,
  select,
  ...sums,
  ...takingApart,
];
