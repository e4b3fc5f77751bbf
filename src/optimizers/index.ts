/**
 * Gradient transformations: Adam, SGD, gradient clipping, and chains of them.
 *
 * @module
 */

export {
  type AdamOptions,
  type AdamState,
  adam,
  type ScaleByAdamOptions,
  type ScaleByAdamState,
  scaleByAdam,
} from './adam.ts';
export { chain, type Transformations } from './chain.ts';
export { clipByGlobalNorm, globalNorm } from './clipByGlobalNorm.ts';
export type { EmptyState, GradientTransformation, Transformed } from './gradientTransformation.ts';
export {
  type SgdOptions,
  type SgdState,
  scale,
  sgd,
  type TraceOptions,
  type TraceState,
  trace,
} from './sgd.ts';
