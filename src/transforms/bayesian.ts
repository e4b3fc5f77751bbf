import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type Missing, optionalOptions, sameShape, tag } from '../check/index.ts';
import type { NormalParams, PosteriorLike, Settings } from '../distributions/index.ts';
import { asPosterior } from '../distributions/posterior.ts';
import { asPrior } from '../distributions/prior.ts';
import { weightOptionNames } from '../layers/core/part.ts';
import type { Forward, Inherit, Layer, Only, Site, Slot, WeightOptions } from '../layers/index.ts';
import { isTensor } from '../tree/index.ts';
import { weightSampling } from './estimator.ts';
import { type Model, modelOf } from './model.ts';

/** The parameter tree of weights `W`: each open slot filled with posterior parameters `P`. */
export type Params<W, P> = {
  readonly [K in keyof W]: W[K] extends Slot<infer Q> ? (Q extends Inherit ? P : Q) : Params<W[K], P>;
};

/** The posterior parameters that options `O` set for weights without their own posterior. */
export type DefaultParams<O> = O extends { readonly posterior: PosteriorLike<infer P> } ? P : NormalParams;

/** A tensor that broadcasts against the weight would count some elements several times, or sample too many. */
const assertFits = (whose: string, shape: readonly number[], settings: Settings = {}): void => {
  for (const [name, value] of Object.entries(settings)) {
    if (isTensor(value) && value.rank > 0 && !sameShape(value.shape, shape)) {
      invalidArgument(
        `bayesian: ${name} of the ${whose}`,
        `a number, a scalar or a tensor of the weight's shape [${shape.join(', ')}] (a layer's options apply to all of its variables)`,
        value,
      );
    }
  }
};

const assertSite = ({ name, shape, posterior, prior }: Site): void => {
  const [ofPrior, ofPosterior] = [
    `${prior.name} prior of '${name}'`,
    `${posterior.name} posterior of '${name}'`,
  ] as const;
  assertFits(ofPrior, shape, prior.settings);
  assertFits(ofPrior, shape, prior.moments);
  assertFits(ofPosterior, shape, posterior.settings);
  assertFits(ofPosterior, shape, posterior.initialSettings);
  posterior.checkShape?.(`bayesian: ${ofPosterior}`, shape);
};

/** Options that are not a layer: `bayesian` in place of `bayesian()` gives a compile error with a hint. */
export interface NotALayer {
  readonly _tag?: Missing<'call bayesian() first, as in bayesian()(layer)'>;
}

/**
 * Turns a network into a Bayesian one: each weight becomes a distribution. Without options the posterior is a
 * mean-field normal with a narrow start, `normal({ std: 0.1 })`, and the prior a standard normal. Options of a layer or
 * a variable override these.
 *
 * @throws Error if `prior` or `posterior` is a distribution without that role, or the value passed on is not a layer;
 * naming the variable, if a tensor in the settings of its prior or posterior is neither a scalar nor of the variable's
 * shape, or its posterior does not support its shape
 * @example
 * const model = pipe(sequential(linear(784, 64), tf.relu, linear(64, 10)), bayesian());
 * const params = model.init(random.key(0));
 * const logits = model.apply(params, random.key(1), images);
 */
export const bayesian = <const O extends WeightOptions = Record<never, never>>(
  options?: Only<O, WeightOptions> & NotALayer,
) => {
  if (tag(options) === 'Layer')
    invalidArgument(
      'bayesian: options',
      'a record of options',
      options,
      'call bayesian() first, as in bayesian()(layer)',
    );
  const given = optionalOptions<WeightOptions>('bayesian', options, weightOptionNames);
  if (given.prior !== undefined) asPrior('bayesian: prior', given.prior);
  if (given.posterior !== undefined) asPosterior('bayesian: posterior', given.posterior);
  return <W, F extends Forward>(layer: Layer<W, F>): Model<Params<W, DefaultParams<O>>, F> => {
    if (typeof layer !== 'object' || layer === null || layer._tag !== 'Layer') {
      invalidArgument('bayesian: layer', 'a layer, such as linear(2, 1) or sequential(...)', layer);
    }
    const model = modelOf<Params<W, DefaultParams<O>>, F>(layer, given, weightSampling);
    // A rescaled prior's tensors are only needed for this check.
    tf.tidy(() => model.network.sites.forEach(assertSite));
    return model;
  };
};
