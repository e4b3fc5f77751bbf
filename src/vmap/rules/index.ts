import type { BatchingRule } from '../rule.ts';
import { elementwise } from './elementwise.ts';
import { matrices } from './matrix.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';

/** The batching rules that come with the library, by kernel. */
export const batchingRules: Readonly<Record<string, BatchingRule>> = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...matrices,
};
