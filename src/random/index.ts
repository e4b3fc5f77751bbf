export { bernoulli } from './bernoulli.ts';
export { bits } from './bits.ts';
export { foldIn } from './foldIn.ts';
export { type Key, key } from './key.ts';
export { normal } from './normal.ts';
export { permutation } from './permutation.ts';
export { split } from './split.ts';
export { type UniformOptions, uniform } from './uniform.ts';
