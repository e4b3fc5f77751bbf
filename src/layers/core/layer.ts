import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  optionalOptions,
  positiveInteger,
  tag,
} from '../../check/index.ts';
import {
  type Forward,
  type Layer,
  type Only,
  type Part,
  type PartsOf,
  type Spec,
  type Variable,
  type WeightOptions,
  type WeightsOf,
  type WithOptions,
  weightOptionNames,
} from './part.ts';
import { partTag } from './variable.ts';

const checkedSpec = (fn: string, spec: unknown): void => {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec) || tag(spec) !== undefined)
    invalidArgument(`${fn}: spec`, 'a record of parts by name', spec);
};

/**
 * A layer: a record of parts and a function of them. In the body a variable is a tensor, a layer a function,
 * `randomKey` a key and a `statistic` a recorder. Networks are layers too. A variable used twice in a body is sampled once.
 *
 * `options` set the prior and posterior of all variables below that do not set their own.
 *
 * @throws Error if a part is not valid or the body is not a function
 * @example
 * const bilinear = (n: number) =>
 *   layer({ left: [n, n], right: [n, n] }, ({ left, right }) => (x: tf.Tensor) =>
 *     tf.mul(tf.matMul(x, left), tf.matMul(x, right)));
 */
export const layer = <
  const S extends Spec,
  F extends Forward,
  const O extends WeightOptions = Record<never, never>,
>(
  spec: S,
  body: (parts: PartsOf<S>) => F,
  options?: Only<O, WeightOptions>,
): Layer<WithOptions<WeightsOf<S>, O>, F> => {
  checkedSpec('layer', spec);
  if (typeof body !== 'function') invalidArgument('layer: body', 'a function of the parts', body);
  for (const [name, part] of Object.entries(spec)) partTag(`layer: part '${name}'`, part);
  return {
    _tag: 'Layer',
    spec,
    body,
    options: optionalOptions<WeightOptions>('layer', options, weightOptionNames),
  };
};

/** The variables of an affine layer: without layers or keys. */
export interface VariableSpec {
  readonly [name: string]: readonly number[] | Variable<unknown>;
}

/** Options of `affine`, besides those of its weights. */
export interface AffineOptions {
  /** How many trailing axes of the input form one row: 1 for a linear layer, 3 for an image convolution. */
  readonly featureRank: number;
}

const affineOptionNames: OptionNames<AffineOptions & WeightOptions> = {
  ...weightOptionNames,
  featureRank: true,
};

/**
 * A primitive layer whose output is affine in its weights and, apart from the bias, linear in its input. Estimators
 * such as `localReparametrization` rely on this: the output's mean is the body applied to the weights' means, its
 * variance the body applied to their variances and the squared input.
 *
 * @throws Error if a part is not a variable or `featureRank` is not a positive integer
 * @example
 * const scale = (n: number) =>
 *   affine({ weight: [n] }, ({ weight }) => (x: tf.Tensor) => tf.mul(x, weight), {
 *     featureRank: 1,
 *   });
 */
export const affine = <
  const S extends VariableSpec,
  F extends Forward,
  const O extends AffineOptions & WeightOptions,
>(
  spec: S,
  body: (parts: PartsOf<S>) => F,
  options: Only<O, AffineOptions & WeightOptions>,
): Layer<WithOptions<WeightsOf<S>, O>, F> => {
  checkedSpec('affine', spec);
  for (const [name, part] of Object.entries<Part>(spec)) {
    if (partTag(`affine: part '${name}'`, part) !== 'Variable')
      invalidArgument(`affine: part '${name}'`, 'a variable', part);
  }
  const { featureRank, ...weights } = knownOptions<AffineOptions & WeightOptions>(
    'affine',
    options,
    affineOptionNames,
  );
  return {
    ...layer(spec, body),
    options: weights,
    featureRank: positiveInteger('affine: featureRank', featureRank),
  };
};
