import * as tf from '@tensorflow/tfjs-core';
import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import { checkLogProb } from '../distributions/checks.ts';
import type { SampleWithLogProb } from '../distributions/index.ts';
import type { Forward, Site } from '../layers/index.ts';
import { customGrad } from '../ops/customGrad.ts';
import { map } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import { apartFrom, type Draw, forward, freshRecord, recordedStatistics } from './forward.ts';
import type { Model } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';
import { overMembers } from './overMembers.ts';
import type { LogProbs, Stochastic, WithLogProbs } from './stochastic.ts';

/** tfjs's `addN` of more is wrong on webgpu, where a program can read seven tensors and write one. */
const maxAddends = 7;

const added = (terms: readonly tf.Tensor[]): tf.Tensor =>
  terms.length <= maxAddends ? tf.addN([...terms]) : added(chunksOf(maxAddends)(terms).map(added));

/**
 * The sum of all elements of all terms.
 *
 * @example
 * total([tf.ones([2, 3]), tf.scalar(1)]); // 7
 */
export const total = (terms: readonly tf.Tensor[]): tf.Tensor =>
  terms.length === 0 ? tf.scalar(0) : added(terms.map((term) => (term.rank === 0 ? term : tf.sum(term))));

/** A weight sample, the parameters it was sampled from, and its log densities if they came with it. */
type Sampled = { readonly weight: tf.Tensor; readonly params: unknown } & Partial<SampleWithLogProb>;

/**
 * Samples weights, and records them. The gradient of a fused sampler's log densities includes the score, so plain
 * operations run if it is to be stopped.
 */
const recording =
  (drawn: Map<Site, Sampled>, stopsScore: boolean): Draw =>
  (site, params, key, sample) => {
    const fused = sample === undefined && !stopsScore;
    const scored = fused ? site.sampleWithLogProb?.(params, key) : undefined;
    const draw = scored ?? { weight: sample?.(params, key) ?? site.posterior.sample(params, key) };
    drawn.set(site, { ...draw, params });
    return draw.weight;
  };

/** A copy without a gradient. */
const stopGradient = customGrad((x: tf.Tensor) => ({
  value: tf.clone(x),
  saved: [x],
  gradient: (_, [of]) => tf.zerosLike(of),
}));

/** The log densities of a sample; empty if it counts as 0. */
const siteLogProbs = (
  { name, shape, prior, posterior, isFlat }: Site,
  { weight, params, ...known }: Sampled,
  stopsScore: boolean,
): Partial<LogProbs> => {
  if (known.prior !== undefined) return known;
  return {
    ...(!isFlat && {
      prior: checkLogProb(`${prior.name} prior of '${name}'`, shape, prior.logProb(weight, params)),
    }),
    ...(posterior.zero?.of !== posterior.logProb && {
      posterior: checkLogProb(
        `${posterior.name} posterior of '${name}'`,
        shape,
        posterior.logProb(stopsScore ? map((x) => stopGradient(x))(params) : params, weight),
      ),
    }),
  };
};

/**
 * The model's output with the log probabilities of the weight sample that produced it, under the prior and under the
 * posterior, summed over all weights, in nats. The network runs in training: `batchNorm` uses the moments of the batch, and
 * the result has the next values of its `statistics`.
 *
 * @throws Error if the argument is not a model; when run, if the model's estimator does not sample all weights
 * @example
 * const { output, logProbs } = withLogProbs(model)(params, random.key(0), images);
 */
export const withLogProbs = <P, F extends Forward>(
  model: Model<P, F> | NotBayesian,
): Stochastic<P, Parameters<F>, WithLogProbs<ReturnType<F>>> => {
  const { ensemble, network, estimator } = checkedModel('withLogProbs: model', model);
  if (ensemble !== undefined) return overMembers(ensemble.members, withLogProbs(ensemble.member));
  const { stopsScore = false } = estimator;
  return tidying((params, key, ...inputs) => {
    const drawn = new Map<Site, Sampled>();
    const recorded = freshRecord(network);
    const run = forward(network, estimator, params, key, recording(drawn, stopsScore), recorded);
    const output = apartFrom(params, inputs, run(...(inputs as never[])) as ReturnType<F>);
    const each = network.sites.map((site) => {
      const draw = drawn.get(site);
      if (draw !== undefined) return siteLogProbs(site, draw, stopsScore);
      throw new Error(
        `withLogProbs: variable '${site.name}' was never sampled, since ${estimator.name} does not use its weights; ` +
          'use withDivergence, or the model without that estimator',
      );
    });
    const logProbs = {
      prior: total(each.flatMap(({ prior }) => prior ?? [])),
      posterior: total(each.flatMap(({ posterior }) => posterior ?? [])),
    };
    return { output, logProbs, ...recordedStatistics(network, recorded) };
  });
};
