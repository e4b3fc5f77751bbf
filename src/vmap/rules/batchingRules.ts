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

/** The rules by kind of kernel; the keys complete the sentence 'kernels that ...'. */
export const kinds: Readonly<Record<string, Readonly<Record<string, BatchingRule>>>> = {
  'work elementwise': elementwise,
  'reduce axes, or accumulate along one': reductions,
  'move values': shapes,
  'gather, scatter or find positions': indexing,
  count: counting,
  'multiply matrices': matrices,
  'factor matrices, or solve triangular systems': triangular,
  convolve: convolutions,
  "convolve, with the library's kernels": sampledConvolutions,
  'treat the batch item by item: samples join the batch': batchwise,
  'treat channels one by one: samples join the channels': channelwise,
  'combine several operations: run as those': composed,
  'use sparse tensors': sparse,
  'run sample by sample': looped,
  refused,
};

/** The library's batching rules, by kernel. */
export const batchingRules: Readonly<Record<string, BatchingRule>> = Object.assign(
  {},
  ...Object.values(kinds),
);
