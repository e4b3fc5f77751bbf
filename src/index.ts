export * from './distributions/index.ts';
export * from './layers/index.ts';
export * from './metrics/index.ts';
export * from './optimizers/index.ts';
export * as random from './random/index.ts';
export * from './training/index.ts';
export * from './transforms/index.ts';
export * as tree from './tree/index.ts';
export * from './vmap/index.ts';
