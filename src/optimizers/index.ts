export { type AdamOptions, type AdamState, adam } from './adam.ts';
export { chain, type Transformations } from './chain.ts';
export { clipByGlobalNorm } from './clipByGlobalNorm.ts';
export { globalNorm } from './globalNorm.ts';
export type { EmptyState, GradientTransformation, Transformed } from './gradientTransformation.ts';
export { scale } from './scale.ts';
export { type ScaleByAdamOptions, type ScaleByAdamState, scaleByAdam } from './scaleByAdam.ts';
export { type SgdOptions, type SgdState, sgd } from './sgd.ts';
export { type TraceOptions, type TraceState, trace } from './trace.ts';
