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

/** The kinds of kernels and how each kind runs on a whole batch, with its rules. */
export const kinds: Readonly<Record<string, Readonly<Record<string, BatchingRule>>>> = {
  'element by element': elementwise,
  'reduces, or runs along an axis': reductions,
  'moves values about': shapes,
  'takes or finds positions': indexing,
  counts: counting,
  'multiplies matrices': matrices,
  convolves: convolutions,
  'convolves, with kernels of our own': sampledConvolutions,
  'item by item: the samples join the batch': batchwise,
  'channel by channel: the samples join the channels': channelwise,
  'several operations in one: runs as those': composed,
  'sparse tensors': sparse,
  'sample by sample': looped,
  refused,
};

/** The batching rules that come with the library, by kernel. */
export const batchingRules: Readonly<Record<string, BatchingRule>> = Object.assign(
  {},
  ...Object.values(kinds),
);
