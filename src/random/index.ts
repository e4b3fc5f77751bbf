/**
 * Keys, and random numbers drawn from them.
 *
 * @module
 */

export { type BernoulliOptions, bernoulli } from './bernoulli.ts';
export { categorical } from './categorical.ts';
export { type GammaOptions, gamma } from './gamma.ts';
export { foldIn, fromData, type Key, type KeyData, key, keyData, split } from './key.ts';
export { normal } from './normal.ts';
export { permutation } from './permutation.ts';
export { bits } from './randomBits.ts';
export { type StudentTOptions, studentT } from './studentT.ts';
export { type UniformOptions, uniform } from './uniform.ts';
