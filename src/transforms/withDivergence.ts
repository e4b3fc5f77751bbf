import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, tag } from '../check/index.ts';
import { checkLogProb, checkMoments } from '../distributions/checks.ts';
import { type ClosedForm, checkRows, closedForm } from '../distributions/divergence.ts';
import type { Divergence, Posterior, Prior } from '../distributions/index.ts';
import type { Forward, Site } from '../layers/index.ts';
import { at, isNode } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import type { Moments } from './estimator.ts';
import { apartFrom, forward, freshRecord, recordedStatistics } from './forward.ts';
import { assertModel, type Model } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';
import { overMembers } from './overMembers.ts';
import type { Stochastic, WithDivergence } from './stochastic.ts';

/** Options of `withDivergence`. */
export interface DivergenceOptions {
  /** Closed forms for custom pairs of posterior and prior; they override the library's. */
  readonly divergences?: readonly Divergence[];
  /** Whether the divergence of each variable is returned too, as `divergences`; default false. */
  readonly perVariable?: boolean;
}

const optionNames: OptionNames<DivergenceOptions> = { divergences: true, perVariable: true };

/** A plain record without a tag is not a layer or model; it is taken for options, whatever its fields. */
const isOptions = (value: unknown): value is DivergenceOptions =>
  isNode(value) && !Array.isArray(value) && tag(value) === undefined;

/** A model's function that also returns the divergence of its weights. */
export type Diverging<P, F extends Forward> = Stochastic<P, Parameters<F>, WithDivergence<ReturnType<F>>>;

/**
 * A function for a model, a function of models for options. (TypeScript cannot follow overloads through `pipe`.)
 */
export type DivergingOf<T> =
  T extends Model<infer P, infer F>
    ? Diverging<P, F>
    : <P, F extends Forward>(model: Model<P, F> | NotBayesian) => Diverging<P, F>;

/** A variable's posterior, with its moments checked. */
const checkedPosterior = ({ name, shape, posterior }: Site): Posterior => ({
  ...posterior,
  ...(posterior.moments && {
    moments: (params) =>
      checkMoments(`${posterior.name} posterior of '${name}'`, shape, posterior.moments?.(params) as Moments),
  }),
});

/** A variable's prior, with its log density checked. */
const checkedPrior = ({ name, shape, prior }: Site): Prior => ({
  ...prior,
  logProb: (weight, params) =>
    checkLogProb(`${prior.name} prior of '${name}'`, shape, prior.logProb(weight, params)),
});

/** A divergence that is not summed would be averaged, or broadcast against the others. */
const checkScalar = ({ name, posterior, prior }: Site, of: tf.Tensor): tf.Tensor =>
  of.rank === 0
    ? of
    : invalidArgument(
        `withDivergence: the divergence of '${name}' (posterior '${posterior.name}', prior '${prior.name}')`,
        "a scalar, summed over the weight's elements",
        of,
      );

const diverging = <P, F extends Forward>(
  rows: readonly Divergence[],
  perVariable: boolean,
  model: Model<P, F>,
): Diverging<P, F> => {
  assertModel('withDivergence: model', model);
  const { ensemble, network, estimator } = model;
  if (ensemble !== undefined)
    return overMembers(ensemble.members, diverging(rows, perVariable, ensemble.member));
  if (estimator.stopsScore)
    throw new Error(
      'withDivergence: the model is one of stickTheLanding, which needs withLogProbs; use that, or the model without it',
    );
  // Throws early for a pair without a closed form. The tensors of a rescaled prior live only until here, or for one call.
  const forms = new Map<Site, ClosedForm>();
  tf.tidy(() => {
    for (const site of network.sites)
      forms.set(site, closedForm(rows)(site.name, checkedPosterior(site), checkedPrior(site)));
  });
  return tidying((params, key, ...inputs) => {
    const recorded = freshRecord(network);
    // The divergences of variables whose moments the network has used.
    const made = new Map<Site, tf.Tensor>();
    const momentsOf = (site: Site, own: unknown): Moments | undefined => {
      const both = forms.get(site)!.withMoments(own, checkedPrior(site));
      if (both !== undefined) made.set(site, both.divergence);
      return both ?? site.posterior.moments?.(own);
    };
    const run = forward(network, estimator, params, key, undefined, recorded, momentsOf);
    const output = apartFrom(params, inputs, run(...(inputs as never[])) as ReturnType<F>);
    const each = network.sites.map(
      (site) =>
        made.get(site) ?? checkScalar(site, forms.get(site)!(at(site.path)(params), checkedPrior(site))),
    );
    const divergence = each.reduce((a, b) => tf.add(a, b), tf.scalar(0));
    const named = network.sites.map(({ name }, at) => [name, each[at] as tf.Tensor] as const);
    return {
      output,
      divergence,
      ...(perVariable && { divergences: Object.fromEntries(named) }),
      ...recordedStatistics(network, recorded),
    };
  });
};

const withOptions = (options: DivergenceOptions) => {
  const { divergences = [], perVariable = false } = knownOptions('withDivergence', options, optionNames);
  const rows = checkRows('withDivergence', divergences);
  if (typeof perVariable !== 'boolean')
    invalidArgument('withDivergence: perVariable', 'true or false', perVariable);
  return <P, F extends Forward>(model: Model<P, F> | NotBayesian): Diverging<P, F> =>
    diverging(rows, perVariable, checkedModel('withDivergence: model', model));
};

/**
 * The model's output with the divergence KL(posterior || prior) of all its weights, in closed form and in nats. The network
 * runs in training: `batchNorm` uses the moments of the batch, and the result has the next values of its `statistics`. The
 * table covers normal posteriors with normal, laplace, quiet and flat priors, Student-t, full and low-rank normal ones with
 * normal, quiet, ard and flat priors, and point masses with any prior; add rows by the option.
 *
 * With `perVariable`, the result has the divergence of each variable too, and `elbo` returns them as parts of the loss, named
 * as in `divergence/0.weight`: they are then in the history of `fit`.
 *
 * @throws Error if the argument is not a model, for a model of `stickTheLanding`, or naming the variable whose pair of
 * posterior and prior has no closed form
 * @example
 * const exact = withDivergence(model)(params, random.key(0), images).divergence;
 *
 * const own = divergence('normal', 'normal', ({ logStd }: NormalParams) =>
 *   tf.neg(tf.sum(logStd)),
 * );
 * const withOwn = pipe(model, withDivergence({ divergences: [own] }));
 *
 * const perVariable = pipe(model, withDivergence({ perVariable: true }));
 * const each = perVariable(params, random.key(0), images).divergences!;
 */
export const withDivergence = <T extends Pick<Model<never>, '_tag'> | DivergenceOptions | NotBayesian>(
  modelOrOptions: T,
): DivergingOf<T> =>
  (isOptions(modelOrOptions)
    ? withOptions(modelOrOptions)
    : diverging([], false, modelOrOptions as unknown as Model<unknown>)) as DivergingOf<T>;
