import type { Forward } from '../layers/index.ts';
import { type Model, withEstimator } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';

/**
 * The model that uses the posterior's mean instead of samples, without any other noise (dropout is off): one ordinary
 * network, the same for every key.
 *
 * @throws Error if the argument is not a model; when run, naming a variable whose posterior has no moments
 * @example
 * const logits = posteriorMean(model).apply(params, random.key(0), images);
 */
export const posteriorMean = <P, F extends Forward>(model: Model<P, F> | NotBayesian): Model<P, F> =>
  withEstimator('posteriorMean: model', checkedModel('posteriorMean: model', model), {
    name: 'posteriorMean',
    samplesWeights: false,
    handler: ({ moments }) => ({ weight: (site) => moments(site).mean, key: () => null }),
  });
