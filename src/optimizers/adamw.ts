import { add, clone, mul } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, nonNegativeNumber, type OptionNames } from '../check/index.ts';
import { type Path, tidied, zipWith } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { type AdamOptions, adamDirection, type ScaleByAdamState, scaleByAdamOptionNames } from './adam.ts';
import { chain } from './chain.ts';
import { assertFits, type EmptyState, type GradientTransformation } from './gradientTransformation.ts';
import { type ScaleState, scaleByLearningRate } from './scale.ts';

/** Options of `addDecayedWeights`. */
export interface AddDecayedWeightsOptions {
  /** The factor of the parameters that is added to the updates, 0 or above. */
  readonly weightDecay: number;
  /** Whether the parameter at a path decays. */
  readonly where: (path: Path) => boolean;
}

const decayOptionNames: OptionNames<AddDecayedWeightsOptions> = { weightDecay: true, where: true };

/** `addDecayedWeights` with the name of the called function in its errors. */
const decay = (
  fn: string,
  { weightDecay, where }: AddDecayedWeightsOptions,
): GradientTransformation<EmptyState> => {
  nonNegativeNumber(`${fn}: weightDecay`, weightDecay);
  if (typeof where !== 'function')
    invalidArgument(`${fn}: where`, 'a function from a path to true or false', where);
  const decays = (path: Path): boolean => {
    const answer: unknown = where(path);
    return typeof answer === 'boolean'
      ? answer
      : invalidArgument(`${fn}: result of where for '${pathName(path)}'`, 'true or false', answer);
  };
  return {
    init: () => ({}),
    update: <P>(gradient: P, state: EmptyState, params: P) => {
      assertFits(`${fn}: gradient`, gradient, params);
      const updates = tidied(
        () =>
          zipWith((g, x, path) => (decays(path) ? add(g, mul(x, weightDecay)) : clone(g)))(
            gradient,
            params,
          ) as P,
      );
      return { updates, state };
    },
  };
};

/**
 * Adds `weightDecay` times the parameters to the updates, for the parameters that `where` selects.
 *
 * @throws Error if `weightDecay` is below 0 or not finite, or `where` does not return true or false
 * @example
 * const decaying = chain(
 *   trace({ decay: 0.9 }),
 *   addDecayedWeights({ weightDecay: 1e-4, where: (path) => path.includes('weight') }),
 *   scale(-0.1),
 * );
 */
export const addDecayedWeights = (options: AddDecayedWeightsOptions): GradientTransformation<EmptyState> =>
  decay('addDecayedWeights', knownOptions('addDecayedWeights', options, decayOptionNames));

/** Options of `adamw`. */
export interface AdamwOptions extends AdamOptions, AddDecayedWeightsOptions {}

const optionNames: OptionNames<AdamwOptions> = {
  ...scaleByAdamOptionNames,
  ...decayOptionNames,
  learningRate: true,
};

/** The state of `adamw`: Adam's moments, the empty state of the decay, and the state of the learning rate. */
export type AdamwState = readonly [ScaleByAdamState, EmptyState, ScaleState];

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, Decoupled weight decay regularization, 2019): each step also
 * subtracts `learningRate * weightDecay` times the parameter, where `where` asks for it. As in optax's `adamw`, the decay is
 * added after the moments and multiplied by the learning rate. A prior already regularizes the weights that have a
 * posterior, so select ordinary weights: the path of a point mass ends in `value`.
 *
 * @throws Error where `adam` throws, if `weightDecay` is below 0 or not finite, or `where` does not return true or false
 * @example
 * const optimizer = adamw({
 *   learningRate: 1e-3,
 *   weightDecay: 0.01,
 *   where: (path) => path.includes('weight') && path.at(-1) === 'value',
 * });
 */
export const adamw = (options: AdamwOptions): GradientTransformation<AdamwState> => {
  const { learningRate, weightDecay, where, ...moments } = knownOptions('adamw', options, optionNames);
  const descend = scaleByLearningRate('adamw', learningRate);
  return chain<AdamwState>(adamDirection('adamw', moments), decay('adamw', { weightDecay, where }), descend);
};
