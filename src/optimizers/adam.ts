import { knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import { chain } from './chain.ts';
import type { EmptyState, GradientTransformation } from './gradientTransformation.ts';
import { scale } from './scale.ts';
import {
  type ScaleByAdamOptions,
  type ScaleByAdamState,
  scaleByAdamOf,
  scaleByAdamOptionNames,
} from './scaleByAdam.ts';

/** Options of `adam`. */
export interface AdamOptions extends ScaleByAdamOptions {
  /** The length of a step, above 0: about how far each parameter moves. */
  readonly learningRate: number;
}

const optionNames: OptionNames<AdamOptions> = { ...scaleByAdamOptionNames, learningRate: true };

/** The state of `adam`: its moments, and that of its learning rate. */
export type AdamState = readonly [ScaleByAdamState, EmptyState];

/**
 * Adam (Kingma & Ba, Adam: a method for stochastic optimization, 2015).
 *
 * @throws Error if the learning rate is not above 0, or a beta or epsilon is out of its range
 * @example
 * const optimizer = adam({ learningRate: 1e-3 });
 */
export const adam = (options: AdamOptions): GradientTransformation<AdamState> => {
  const { learningRate, ...moments } = knownOptions('adam', options, optionNames);
  positiveNumber('adam: learningRate', learningRate);
  return chain<AdamState>(scaleByAdamOf('adam', moments), scale(-learningRate));
};
