import type { Row } from '../support/againstLoop.ts';
import { cells } from './cells.ts';
import { convolutionOps } from './convolutionOps.ts';
import { creation } from './creation.ts';
import { elementwise } from './elementwise.ts';
import { imageOps } from './imageOps.ts';
import { indexing } from './indexing.ts';
import { kernels } from './kernels.ts';
import { losses } from './losses.ts';
import { matrices } from './matrices.ts';
import { pooling } from './pooling.ts';
import { ranks } from './ranks.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';
import { sparseOps } from './sparseOps.ts';
import { spectra } from './spectra.ts';

/** Everything that `vmap` maps, in tables of one kind each. */
export const tables: Readonly<Record<string, readonly Row[]>> = {
  'element by element': elementwise,
  reductions,
  shapes,
  ranks,
  indexing,
  matrices,
  convolutions: convolutionOps,
  pooling,
  images: imageOps,
  losses,
  'recurrent cells': cells,
  'complex numbers and signals': spectra,
  'sparse tensors and strings': sparseOps,
  'made of no tensor': creation,
  'kernels alone': kernels,
};

/** All rows of all tables. */
export const rows: readonly Row[] = Object.values(tables).flat();

/** The operation or kernel that a row is about. */
export const opName = ({ name }: Row): string => name.split(/[ ,]/)[0]!;
