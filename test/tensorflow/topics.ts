import type { Topic } from './row.ts';
import { draws } from './rows/draws.ts';
import { dtypes } from './rows/dtypes.ts';
import { gradients } from './rows/gradients.ts';
import { reductions } from './rows/reductions.ts';
import { notANumber, values } from './rows/values.ts';

/** All rows that can be run of docs/tensorflow-js.md, in its order. */
export const topics: readonly Topic[] = [gradients, reductions, notANumber, values, dtypes, draws];
