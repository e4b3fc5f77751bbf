import type { OwnKernel } from '../../../ops/registry.ts';
import { cumulative } from './cumulative.ts';
import { binaries, select } from './elementwise.ts';
import { empties } from './empty.ts';
import { flats } from './flat.ts';
import { indexed } from './indices.ts';
import { moves } from './moves.ts';
import { paddings } from './padding.ts';
import { complexParts, splitting } from './parts.ts';
import { reductions } from './reductions.ts';
import { addN, sums } from './sums.ts';

/** Fixed kernels of tfjs's webgpu backend. */
export const fixes: readonly OwnKernel[] = [
  addN,
  ...binaries,
  ...complexParts,
  ...cumulative,
  ...empties,
  ...flats,
  ...indexed,
  ...moves,
  ...paddings,
  ...reductions,
  select,
  ...sums,
  ...splitting,
];
