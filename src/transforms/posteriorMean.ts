import { misuse } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import { assertModel, type Model, modelOf } from './model.ts';

/**
 * The model that uses the posterior's mean in place of each draw, and no other noise (dropout is off): one
 * ordinary network, the same for every key.
 *
 * @throws Error for what is no model; when run, naming a variable whose posterior has no moments
 * @example
 * const logits = posteriorMean(model).apply(params, random.key(0), images);
 */
export const posteriorMean = <P, F extends Forward>(model: Model<P, F>): Model<P, F> => {
  assertModel('posteriorMean: model', model);
  return modelOf(model.layer, model.options, {
    name: 'posteriorMean',
    draws: false,
    noisy: false,
    variable: ({ posterior, path }, params) =>
      posterior.moments?.(params).mean ??
      misuse(`posteriorMean: posterior of '${path.join('.')}'`, 'one with moments', posterior),
  });
};
