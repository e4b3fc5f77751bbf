import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { checkMoments } from '../distributions/checks.ts';
import type { Prior } from '../distributions/index.ts';
import type { Forward, Site } from '../layers/index.ts';
import { at, entries, map, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import type { Moments } from './estimator.ts';
import { atSite } from './forward.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';
import { restarted } from './restarted.ts';

const withStd = ({ mean, variance }: Moments) => ({ mean, std: tf.sqrt(variance) });

/** The prior with a posterior's density. It refers to the parameters, and computes what it needs where it is needed. */
const priorFrom = ({ name, posterior }: Site, own: unknown): Prior => {
  const tensors = entries(own).map(({ path, tensor }) => [pathName(path), tensor] as const);
  const prior: Prior = {
    _tag: 'Prior',
    name: posterior.name,
    logProb: (weight) => posterior.logProb(own, weight),
    sample: (_, key) => posterior.sample(own, key),
    rescale: () =>
      invalidArgument(
        `posteriorAsPrior: rescalePrior of '${name}'`,
        'false, as the prior is a posterior',
        true,
      ),
    settings: { ...posterior.settings, ...Object.fromEntries(tensors) },
  };
  if (posterior.moments === undefined) return prior;
  return {
    ...prior,
    // The scope that asks for it disposes the standard deviation: a model has no step that would.
    get moments() {
      return withStd(posterior.moments?.(own) as Moments);
    },
  };
};

/** Rejects parameters of another family or shape, as far as the moments show. */
const checkParams = (site: Site, own: unknown): void => {
  const { name, shape, posterior } = site;
  tidied(() => {
    const moments = atSite(site, own, () => posterior.moments?.(own));
    if (moments !== undefined) checkMoments(`${posterior.name} posterior of '${name}'`, shape, moments);
  });
};

/** The next prior of a site: its posterior, or `undefined` for an ordinary weight, which has neither. */
const nextPrior = (site: Site, params: unknown): Prior | undefined => {
  const { name, path, posterior, isFlat } = site;
  const own =
    at(path)(params) ??
    invalidArgument(
      `posteriorAsPrior: params, '${name}'`,
      `those of a ${posterior.name} posterior`,
      undefined,
    );
  checkParams(site, own);
  const hasDensity = posterior.deterministic !== true && posterior.zero?.of !== posterior.logProb;
  if (hasDensity) return priorFrom(site, own);
  return isFlat
    ? undefined
    : invalidArgument(
        `posteriorAsPrior: posterior of '${name}'`,
        'one with a density, or an ordinary weight with a flat prior',
        posterior.name,
      );
};

/**
 * The model whose priors are the posteriors that `params` describe, for learning in sequence: trained on new data alone,
 * it learns from both. Its `init` makes a copy of `params`, for any key. Ordinary weights with a flat prior stay as they
 * are, and go on from their values.
 *
 * `normal` and `fullNormal` posteriors keep a closed-form divergence. For others, whose priors have the posterior's own density, use
 * `withLogProbs` or a row of `withDivergence`. The model refers to the tensors of `params`, so dispose them after it.
 *
 * @throws Error for an invalid model; naming the variable, for missing parameters, and for a posterior without a density,
 * such as a point mass with a prior
 * @example
 * const next = posteriorAsPrior(model, params);
 * const again = next.init(random.key(0)); // equal to params
 * const { divergence } = withDivergence(next)(again, random.key(1), images);
 * console.log(divergence.dataSync()[0]!.toFixed(3)); // 0.000
 */
export const posteriorAsPrior = <P, F extends Forward>(
  of: Model<P, F> | NotBayesian,
  params: P,
): Model<P, F> => {
  const model = singleModel(
    'posteriorAsPrior: model',
    of,
    'apply it to the model of a member, with the params of that member (tree.unstack)',
  );
  return restarted(model, {
    prior: (site) => nextPrior(site, params),
    start: () => map((x) => tf.clone(x))(params) as P,
  });
};
