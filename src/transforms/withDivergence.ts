import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, tag } from '../check/index.ts';
import { checkLogProb, checkMoments } from '../distributions/checks.ts';
import { checkRows, closedForm } from '../distributions/divergence.ts';
import type { Divergence, Posterior, Prior } from '../distributions/index.ts';
import type { Forward, Site } from '../layers/index.ts';
import { at, isNode } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import type { Moments } from './estimator.ts';
import { assertModel, type Model } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';
import type { Stochastic, WithDivergence } from './stochastic.ts';

/** Options of `withDivergence`. */
export interface DivergenceOptions {
  /** Closed forms of your own pairs of posterior and prior; they come before the library's. */
  readonly divergences: readonly Divergence[];
}

const optionNames: OptionNames<DivergenceOptions> = { divergences: true };

/** A plain record without a tag, which is no layer or model, is meant for options, whatever its names. */
const isOptions = (value: unknown): value is DivergenceOptions =>
  isNode(value) && !Array.isArray(value) && tag(value) === undefined;

/** A model's function with the divergence of its weights beside its output. */
export type Diverging<P, F extends Forward> = Stochastic<P, Parameters<F>, WithDivergence<ReturnType<F>>>;

/**
 * Of a model its function, of options a function of models. (TypeScript cannot follow overloads through
 * `pipe`.)
 */
export type DivergingOf<T> =
  T extends Model<infer P, infer F>
    ? Diverging<P, F>
    : <P, F extends Forward>(model: Model<P, F> | NotBayesian) => Diverging<P, F>;

/** The posterior of a variable, its moments checked. */
const checkedPosterior = ({ name, shape, posterior }: Site): Posterior => ({
  ...posterior,
  ...(posterior.moments && {
    moments: (params) =>
      checkMoments(`${posterior.name} posterior of '${name}'`, shape, posterior.moments?.(params) as Moments),
  }),
});

/** The prior of a variable, its log density checked. */
const checkedPrior = ({ name, shape, prior }: Site): Prior => ({
  ...prior,
  logProb: (weight, params) =>
    checkLogProb(`${prior.name} prior of '${name}'`, shape, prior.logProb(weight, params)),
});

/** A divergence that forgets to sum would be averaged, or broadcast against the others. */
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
  model: Model<P, F>,
): Diverging<P, F> => {
  assertModel('withDivergence: model', model);
  const termOf = (site: Site) => {
    const of = closedForm(rows)(site.name, checkedPosterior(site), checkedPrior(site));
    return (params: P) => checkScalar(site, of(at(site.path)(params), checkedPrior(site)));
  };
  // A pair without a closed form is refused here; the tensors of a rescaled prior live no longer than this, or one call.
  const terms: ((params: P) => tf.Tensor)[] = [];
  tf.tidy(() => {
    terms.push(...model.network.sites.map(termOf));
  });
  return tidying((params, key, ...inputs) => {
    const output = model.apply(params, key, ...inputs);
    const divergence = terms.map((term) => term(params)).reduce((a, b) => tf.add(a, b), tf.scalar(0));
    return { output, divergence };
  });
};

const withRows =
  (rows: readonly Divergence[]) =>
  <P, F extends Forward>(model: Model<P, F> | NotBayesian): Diverging<P, F> =>
    diverging(rows, checkedModel('withDivergence: model', model));

/**
 * The model's output beside the divergence KL(posterior || prior) of all its weights, in closed form and in
 * nats. The table holds normal posteriors with normal, laplace, quiet and flat priors, Student-t ones with normal,
 * quiet and flat ones, and a point mass with anything; further rows come as an option.
 *
 * @throws Error for what is not a model, or naming the variable whose pair of posterior and prior has no closed form
 * @example
 * const exact = withDivergence(model)(params, random.key(0), images).divergence;
 *
 * const own = divergence('normal', 'normal', ({ logStd }: NormalParams) => tf.neg(tf.sum(logStd)));
 * const withOwn = pipe(model, withDivergence({ divergences: [own] }));
 */
export const withDivergence = <T extends Pick<Model<never>, '_tag'> | DivergenceOptions | NotBayesian>(
  of: T,
): DivergingOf<T> =>
  (isOptions(of)
    ? withRows(checkRows('withDivergence', knownOptions('withDivergence', of, optionNames).divergences))
    : diverging([], of as unknown as Model<unknown>)) as DivergingOf<T>;
