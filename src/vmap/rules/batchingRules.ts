import type { BatchingRule } from '../rule.ts';
import { batchwise } from './batchwise.ts';
import { composed } from './composed.ts';
import { convolutions } from './convolutions.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { matrices } from './matrices.ts';
import { reductions } from './reductions.ts';
import { sampledConvolutions } from './sampledConvolutions.ts';
import { shapes } from './shapes.ts';

/** The batching rules that come with the library, by kernel. */
export const batchingRules: Readonly<Record<string, BatchingRule>> = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...indexing,
  ...matrices,
  ...convolutions,
  ...sampledConvolutions,
  ...batchwise,
  ...composed,
};
