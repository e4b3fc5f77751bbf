import type { Refused } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import { assertModel, type Model } from './model.ts';

/** A layer where a model belongs: a compile error with this text. */
export type NotBayesian = Refused<'Layer', 'pass the layer through bayesian() first'>;

/**
 * The model that an argument is.
 *
 * @throws Error naming the argument for what is not a model
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
