export type { Axes } from './axes.ts';
export { type Batchable, isBatchable, stackBatch, unstackBatch } from './batchable.ts';
export { registerBatchingRule } from './registerBatchingRule.ts';
export type { Attributes, BatchingRule, KernelCall, KernelInputs, Operand } from './rule.ts';
export { decompose } from './rules/decompose.ts';
export { batchTracer, isTracer } from './tracer.ts';
export { type VmapArgument, type VmapArguments, type VmapOptions, vmap } from './vmap.ts';
