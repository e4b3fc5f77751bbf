import { describeRules } from '../support/againstLoop.ts';
import { tables } from './rows.ts';

// For every operation that tfjs-core exports: `vmap` of it does what a loop over the samples does, values and
// gradients, with each argument batched alone and several together, along any axis.
for (const [name, rows] of Object.entries(tables)) describeRules(`vmap and a loop, ${name},`, rows);
