import type { Refused } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import { assertModel, type Model } from './model.ts';

/** A compile error with this text for a layer in place of a model. */
export type NotBayesian = Refused<'Layer', 'pass the layer through bayesian() first'>;

/**
 * The argument, if it is a model.
 *
 * @throws Error naming the argument otherwise
 * @example
 * checkedModel('withLogProbs: model', model) === model; // true
 */
export const checkedModel = <P, F extends Forward>(
  argument: string,
  model: Model<P, F> | NotBayesian,
): Model<P, F> => {
  assertModel(argument, model);
  return model as Model<P, F>;
};
