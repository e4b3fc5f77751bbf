import {
  invalidArgument,
  type OptionNames,
  optionalOptions,
  positiveNumber,
  tag,
} from '../../check/index.ts';
import type { PosteriorLike } from '../../distributions/index.ts';
import {
  type Inherit,
  innermost,
  type Only,
  type Part,
  type RandomKey,
  type Statistic,
  type Variable,
  type VariableOptions,
  weightOptionNames,
} from './part.ts';

const optionNames: OptionNames<VariableOptions> = { ...weightOptionNames, fanIn: true, initialMean: true };

/** The shape, if it is a list of positive integers. */
const checkedShape = (argument: string, shape: readonly number[]): readonly number[] =>
  Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0)
    ? shape
    : invalidArgument(argument, 'an array of positive integers', shape);

const checkedOptions = (fn: string, options: VariableOptions): VariableOptions => {
  const { fanIn, initialMean } = options;
  if (fanIn !== undefined) positiveNumber(`${fn}: fanIn`, fanIn);
  if (initialMean !== undefined && !Number.isFinite(initialMean)) {
    invalidArgument(`${fn}: initialMean`, 'a finite number', initialMean);
  }
  return options;
};

/**
 * A weight tensor with its own options: prior, posterior, fan-in, initial mean.
 *
 * @throws Error if the shape has an element that is not a positive integer, `fanIn` is not above 0 or `initialMean` not
 * finite
 * @example
 * const offset = variable([2], { prior: normal({ std: 0.1 }) });
 * const spec = { weight: [4, 2], offset };
 */
export const variable = <const O extends VariableOptions = Record<never, never>>(
  shape: readonly number[],
  options?: Only<O, VariableOptions>,
): Variable<O extends { readonly posterior: PosteriorLike<infer P> } ? P : Inherit> => ({
  _tag: 'Variable',
  shape: checkedShape('variable: shape', shape),
  options: checkedOptions('variable', optionalOptions<VariableOptions>('variable', options, optionNames)),
});

/**
 * A layer's variable with its default options, overridden by those that the caller sets by name.
 *
 * @throws Error naming the option, as in `linear: weight`, if it is not a record of a variable's options
 * @example
 * named('linear', 'weight', [4, 2], { prior: normal({ std: 0.1 }) });
 */
export const named = (
  fn: string,
  name: string,
  shape: readonly number[],
  given: VariableOptions | undefined,
  own: VariableOptions = {},
): Variable<unknown> => ({
  _tag: 'Variable',
  shape: checkedShape(`${fn}: shape of '${name}'`, shape),
  options: innermost(
    own,
    checkedOptions(`${fn}: ${name}`, optionalOptions<VariableOptions>(`${fn}: ${name}`, given, optionNames)),
  ),
});

/**
 * The variables `weight` and, unless `bias` is false, `bias` of a layer, with the caller's options for each.
 *
 * @throws Error naming the option otherwise
 * @example
 * weightAndBias('linear', [4, 2], [2], { bias: { prior: flat() } });
 */
export const weightAndBias = (
  fn: string,
  weight: readonly number[],
  bias: readonly number[],
  given: { readonly weight?: VariableOptions; readonly bias?: boolean | VariableOptions },
): { readonly weight: Variable<unknown>; readonly bias?: Variable<unknown> } => {
  const { bias: ofBias = true } = given;
  return {
    weight: named(fn, 'weight', weight, given.weight),
    ...(ofBias !== false && { bias: named(fn, 'bias', bias, ofBias === true ? undefined : ofBias) }),
  };
};

/**
 * A part that gives a layer randomness other than that of its weights. Its key is derived from the sample's key and the
 * part's path in the network; using it twice gives the same bits, unless folded. It is `null` when the network runs
 * without noise (`posteriorMean`).
 *
 * @example
 * const jitter = layer({ key: randomKey }, ({ key }) => (x: tf.Tensor) =>
 *   key === null ? x : tf.add(x, random.normal(key, x.shape)));
 */
export const randomKey: RandomKey = { _tag: 'RandomKey' };

const statisticOptionNames: OptionNames<StatisticOptions> = { initialValue: true };

/** Options of a statistic. */
export interface StatisticOptions {
  /** The value of all its elements before any training; default 0. */
  readonly initialValue?: number;
}

/**
 * A part that a layer keeps between steps of training, such as a running mean. Its value is a tensor in the parameters, at
 * its path, without gradient, prior or posterior. The body receives `{ value, record }`. Where a loss runs the network by
 * `withLogProbs` or `withDivergence`, `record` takes the next value, which `trainStep` writes into the parameters after the
 * optimizer's update, averaged over the weight samples. Everywhere else (`apply`, `predict`) `record` is `null`.
 *
 * @throws Error if the shape has an element that is not a positive integer, or `initialValue` is not finite
 * @example
 * const centred = layer({ mean: statistic([3]) }, ({ mean }) => (x: tf.Tensor) => {
 *   if (mean.record === null) return tf.sub(x, mean.value);
 *   const own = tf.mean(x, 0);
 *   mean.record(tf.add(tf.mul(mean.value, 0.9), tf.mul(own, 0.1)));
 *   return tf.sub(x, own);
 * });
 */
export const statistic = (shape: readonly number[], options?: StatisticOptions): Statistic => {
  const { initialValue = 0 } = optionalOptions<StatisticOptions>('statistic', options, statisticOptionNames);
  return {
    _tag: 'Statistic',
    shape: checkedShape('statistic: shape', shape),
    initialValue:
      typeof initialValue === 'number' && Number.isFinite(initialValue)
        ? initialValue
        : invalidArgument('statistic: initialValue', 'a finite number', initialValue),
  };
};

/**
 * A part as a variable; a bare shape becomes a variable without options.
 *
 * @example
 * asVariable([4, 2]).shape; // [4, 2]
 */
export const asVariable = (part: readonly number[] | Variable<unknown>): Variable<unknown> =>
  '_tag' in part ? part : variable(part);

/**
 * The part's tag, with `'Variable'` for a bare shape.
 *
 * @throws Error naming the argument if it is not a valid part of a layer
 * @example
 * partTag("layer: part 'weight'", [4, 2]); // 'Variable'
 */
export const partTag = (argument: string, part: Part): 'Variable' | 'Statistic' | 'RandomKey' | 'Layer' => {
  if (Array.isArray(part)) {
    checkedShape(argument, part);
    return 'Variable';
  }
  const kind = tag(part);
  return kind === 'Variable' || kind === 'Statistic' || kind === 'RandomKey' || kind === 'Layer'
    ? kind
    : invalidArgument(argument, 'a shape, a variable, a layer, a statistic or randomKey', part);
};
