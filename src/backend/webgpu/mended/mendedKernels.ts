import type { OwnKernel } from '../../replaceKernels.ts';
import { addN } from './addN.ts';
import { binaries } from './binary.ts';
import { pad, tile } from './byAxis.ts';
import { cumulative } from './cumulative.ts';
import { select } from './select.ts';

/** Kernels of tfjs's webgpu backend with their defects worked round. */
export const mendedKernels: readonly OwnKernel[] = [addN, ...binaries, ...cumulative, pad, select, tile];
