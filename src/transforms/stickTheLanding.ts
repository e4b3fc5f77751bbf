import { invalidArgument } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import { type Model, withEstimator } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';

/**
 * The model whose `withLogProbs` leaves the score out of the gradient (Roeder, Wu & Duvenaud 2017): the posterior's log
 * density is differentiated through the sampled weight alone, not in the parameters at a fixed weight. The score's
 * expectation is 0, so the expected gradient stays the same. Its variance falls as the posterior approaches the exact
 * one, where it is 0 for all data in one batch and one weight sample for all rows.
 *
 * Values do not change, nor does the gradient of the prior. It works with weight sampling and `flipout`, in either order,
 * for `withLogProbs` alone: a closed-form divergence has no score. Samples are scored by plain operations, which takes
 * longer than the fused sampler of normal posteriors.
 *
 * @throws Error if the argument is not a model, or if its estimator does not sample all weights, as
 * `localReparametrization` and `posteriorMean`
 * @example
 * const loss = pipe(
 *   model,
 *   stickTheLanding,
 *   withLogProbs,
 *   vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }),
 * );
 */
export const stickTheLanding = <P, F extends Forward>(of: Model<P, F> | NotBayesian): Model<P, F> => {
  const model = checkedModel('stickTheLanding: model', of);
  const { estimator } = model;
  if (estimator.samplesWeights === false)
    invalidArgument(
      'stickTheLanding: estimator of the model',
      'one that samples all weights, such as the default or flipout',
      estimator.name,
    );
  return withEstimator('stickTheLanding: model', model, { ...estimator, stopsScore: true });
};
