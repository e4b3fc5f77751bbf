import type { BatchingRule } from '../../../src/vmap/rule.ts';
import { batchwise } from '../../../src/vmap/rules/batchwise.ts';
import { channelwise } from '../../../src/vmap/rules/channelwise.ts';
import { composed } from '../../../src/vmap/rules/composed.ts';
import { convolutions } from '../../../src/vmap/rules/convolutions.ts';
import { counting } from '../../../src/vmap/rules/counting.ts';
import { elementwise } from '../../../src/vmap/rules/elementwise.ts';
import { indexing } from '../../../src/vmap/rules/indexing.ts';
import { looped } from '../../../src/vmap/rules/loops.ts';
import { matrices } from '../../../src/vmap/rules/matrices.ts';
import { reductions } from '../../../src/vmap/rules/reductions.ts';
import { refused } from '../../../src/vmap/rules/refusals.ts';
import { sampledConvolutions } from '../../../src/vmap/rules/sampledConvolutions.ts';
import { shapes } from '../../../src/vmap/rules/shapes.ts';
import { sparse } from '../../../src/vmap/rules/sparse.ts';
import { triangular } from '../../../src/vmap/rules/triangular.ts';

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
