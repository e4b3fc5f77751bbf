/**
 * `vmap` for TensorFlow.js, and batching rules for your own kernels.
 *
 * @module
 */

export type { Axes } from './axes.ts';
export type { Attributes, BatchingRule, KernelCall, KernelInputs, Operand } from './rule.ts';
export { registerBatchingRule } from './rule.ts';
export { decompose } from './rules/decompose.ts';
export { type VmapArgument, type VmapArguments, type VmapOptions, vmap } from './vmap.ts';
