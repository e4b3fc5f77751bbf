import type { BatchingRule } from '../rule.ts';
import { batchwise } from './batchwise.ts';
import { channelwise } from './channelwise.ts';
import { composed } from './composed.ts';
import { convolutions } from './convolutions.ts';
import { counting } from './counting.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { looped } from './loops.ts';
import { matrices } from './matrices.ts';
import { reductions } from './reductions.ts';
import { refused } from './refusals.ts';
import { sampledConvolutions } from './sampledConvolutions.ts';
import { shapes } from './shapes.ts';
import { sparse } from './sparse.ts';
import { triangular } from './triangular.ts';

/** The library's batching rules, by kernel. */
export const batchingRules: Readonly<Record<string, BatchingRule>> = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...indexing,
  ...counting,
  ...matrices,
  ...triangular,
  ...convolutions,
  ...sampledConvolutions,
  ...batchwise,
  ...channelwise,
  ...composed,
  ...sparse,
  ...looped,
  ...refused,
};
