import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { checkLogProb } from '../distributions/checks.ts';
import type { Likelihood, PointMassParams } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import { run } from '../layers/core/run.ts';
import type { Forward, Network, Site, StatisticSite } from '../layers/index.ts';
import { tidying } from '../tree/tidied.ts';
import { type Batch, checkedBatch, perRow } from './elbo.ts';
import { checkedWeights, type WeightTree } from './fromWeights.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';
import { scoring } from './scoring.ts';
import { total } from './withLogProbs.ts';

/** A function of plain weights and a batch, such as a log density. */
export type LogJoint<P, A extends readonly unknown[], T> = (
  weights: WeightTree<P, tf.Tensor | PointMassParams>,
  batch: Batch<A, T>,
) => tf.Tensor;

/** Stands in for a posterior's parameters, which plain weights do not have. */
const noParams = ({ name, prior }: Site): object => {
  const refuse = (): never =>
    invalidArgument(
      `logJoint: prior of '${name}'`,
      "one that does not depend on the posterior's parameters",
      prior.name,
    );
  return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse });
};

/** The log density of a weight under its prior, element by element or summed. */
const logPrior = (site: Site, weight: tf.Tensor): tf.Tensor => {
  const { name, shape, prior } = site;
  return checkLogProb(`${prior.name} prior of '${name}'`, shape, prior.logProb(weight, noParams(site)));
};

/**
 * The forward function of a network with a tensor for each variable and statistic, without other noise: dropout is off, and
 * statistics do not record.
 *
 * @example
 * const logits = plainForward(model.network, (site) => own.get(site) as tf.Tensor)(images);
 */
export const plainForward = <F extends Forward>(
  network: Network<F>,
  weight: (site: Site | StatisticSite) => tf.Tensor,
): F =>
  run(network, {
    weight,
    key: () => null,
    statistic: (site) => ({ value: weight(site), record: null }),
  });

/**
 * The log joint density of the targets and the weights, `log p(targets | inputs, weights) + log p(weights)`, as a function
 * of plain weights and a batch; a scalar in nats, differentiable in the weights. Up to a constant it is the log density of
 * the exact posterior given the rows of the batch, so pass all of them: sampling methods such as `hamiltonianMonteCarlo`
 * start from it.
 *
 * `weights` has a tensor for each variable, and one for each statistic, as `fromWeights` takes them; `vmap` maps it over
 * stacked ones. The network runs without other noise: dropout is off, and `batchNorm` uses its running moments. The
 * posteriors of the model do not matter. `weights` and `mask` of the batch count as in `elbo`: a row of weight 2 counts
 * twice, one of weight 0 not at all. A flat prior adds 0.
 *
 * @throws Error if the arguments are not a model and a likelihood, and naming the variable, for a prior that depends on the
 * posterior's parameters, such as `quiet`; when called, for weights that are missing, not float32 or of another shape, and
 * for batches as `elbo`
 * @example
 * const weights = bayesian()(deterministic(net)).init(random.key(0));
 * const logDensity = logJoint(model, categorical());
 * console.log(logDensity(weights, { inputs: images, targets: labels }).shape); // []
 */
export const logJoint = <P, F extends Forward, T>(
  of: Model<P, F> | NotBayesian,
  likelihood: Likelihood<ReturnType<F>, T>,
): LogJoint<P, Parameters<F>, T> => {
  const { network } = singleModel(
    'logJoint: model',
    of,
    'use the model of a member, and vmap over stacked weights',
  );
  assertLikelihood('logJoint: likelihood', likelihood);
  const priors = network.sites.filter(({ isFlat }) => !isFlat);
  // Throws early for a prior that depends on the posterior's parameters.
  tf.tidy(() => {
    for (const site of priors) logPrior(site, tf.zeros([...site.shape]));
  });
  return tidying((weights, batch) => {
    const own = checkedWeights('logJoint', network, weights);
    const weight = (site: Site | StatisticSite) => own.get(site) as tf.Tensor;
    const { inputs, targets, ...counted } = checkedBatch('logJoint', batch);
    const output = plainForward(network, weight)(...(inputs as never[])) as ReturnType<F>;
    const { likelihood: scored } = scoring(likelihood, targets, counted, 'logJoint');
    const logProbs = perRow(scored, 1, scored.logProb(output, targets), 'logJoint');
    const counts = counted.weights === undefined ? logProbs : tf.mul(logProbs, counted.weights);
    return total([counts, ...priors.map((site) => logPrior(site, weight(site)))]);
  });
};
