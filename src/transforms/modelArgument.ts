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

/**
 * The argument, if it is a model of one network.
 *
 * @param instead what to do with an ensemble instead
 * @throws Error naming the argument otherwise
 * @example
 * singleModel('fromWeights: model', model, 'make the parameters of each member') === model; // true
 */
export const singleModel = <P, F extends Forward>(
  argument: string,
  of: Model<P, F> | NotBayesian,
  instead: string,
): Model<P, F> => {
  const model = checkedModel(argument, of);
  if (model.ensemble === undefined) return model;
  throw new Error(
    `${argument} must be a model of one network, got an ensemble of ${model.ensemble.members}; ${instead}`,
  );
};
