import { invalidArgument, knownFields, knownOptions, tag } from '../check/index.ts';
import { weightOptionNames } from '../layers/core/part.ts';
import { resolve } from '../layers/core/resolve.ts';
import type { Forward, Layer, Network, WeightOptions } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { tidying } from '../tree/tidied.ts';
import { type Estimator, estimatorKinds } from './estimator.ts';
import { apartFrom, forward } from './forward.ts';
import { initialize } from './initialize.ts';
import type { Stochastic } from './stochastic.ts';

/** The members of an ensemble. */
export interface Ensemble<P, F extends Forward> {
  readonly members: number;
  /** The model of one of them. */
  readonly member: Model<P, F>;
  /** An ensemble of as many members of another model. */
  rebuild(member: Model<P, F>): Model<P, F>;
}

/** A network whose weights are distributions, with parameters `P` and forward function `F`. */
export interface Model<P, F extends Forward = Forward> {
  readonly _tag: 'Model';
  readonly layer: Layer<unknown, F>;
  readonly options: WeightOptions;
  /** The layer with its variables resolved; those of an ensemble have a leading axis of members. */
  readonly network: Network<F>;
  readonly estimator: Estimator;
  /** Its members, if the model is one made by `ensemble`. */
  readonly ensemble?: Ensemble<P, F>;
  /** The initial parameters, a frozen tree of tensors that the caller owns. */
  readonly init: (key: Key) => P;
  /** The network's output under one sample of its weights; tensors that the caller owns. */
  readonly apply: Stochastic<P, Parameters<F>, ReturnType<F>>;
}

const makeApply = <P, F extends Forward>(network: Network<F>, estimator: Estimator): Model<P, F>['apply'] =>
  tidying((params, key, ...inputs) =>
    apartFrom(
      params,
      inputs,
      forward(network, estimator, params, key)(...(inputs as never[])) as ReturnType<F>,
    ),
  );

/**
 * A model with another estimator. Whether the score is stopped is a matter of the model's loss, so it stays.
 *
 * @throws Error naming the argument if it is not a model
 * @example
 * withEstimator('posteriorMean: model', model, estimator).network === model.network; // true
 */
export const withEstimator = <P, F extends Forward>(
  argument: string,
  model: Model<P, F>,
  estimator: Estimator,
): Model<P, F> => {
  assertModel(argument, model);
  const { ensemble } = model;
  if (ensemble !== undefined) return ensemble.rebuild(withEstimator(argument, ensemble.member, estimator));
  const next = model.estimator.stopsScore ? { ...estimator, stopsScore: true } : estimator;
  return { ...model, estimator: next, apply: makeApply(model.network, next) };
};

/**
 * A model from a layer, the outermost weight options and an estimator.
 *
 * @throws Error if the layer is not one, for unknown options and for an estimator with a field that is missing, of the
 * wrong kind or misspelt; when run, for an invalid key, and naming the variable with missing or misfitting parameters
 * @example
 * type Apply = (x: tf.Tensor) => tf.Tensor;
 * const drawn = modelOf<typeof params, Apply>(net, {}, weightSampling);
 * console.log(drawn.apply(params, random.key(0), images).shape); // [200, 10]
 */
export const modelOf = <P, F extends Forward>(
  layer: Layer<unknown, F>,
  options: WeightOptions,
  estimator: Estimator,
): Model<P, F> => {
  if (tag(layer) !== 'Layer')
    invalidArgument('modelOf: layer', 'a layer, such as linear(2, 1) or sequential(...)', layer);
  knownOptions('modelOf', options, weightOptionNames);
  knownFields('modelOf: estimator', estimator, estimatorKinds);
  const network = resolve(options)(layer);
  return {
    _tag: 'Model',
    layer,
    options,
    network,
    estimator,
    init: (key) => initialize(network)(key) as P,
    apply: makeApply(network, estimator),
  };
};

/** A model with any parameters, for functions that do not take them. */
export type AnyModel = Pick<Model<never>, '_tag' | 'network'>;

/**
 * Rejects a value that is not a model, such as a layer that was not passed through `bayesian`.
 *
 * @throws Error naming the argument
 * @example
 * assertModel('withLogProbs: model', model);
 */
export const assertModel = (argument: string, value: unknown): void => {
  if (tag(value) !== 'Model') {
    invalidArgument(argument, 'what bayesian() returns', value);
  }
};
