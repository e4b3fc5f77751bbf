import type { Tensor } from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields, type Refused, tag } from '../check/index.ts';
import type { Key } from '../random/index.ts';

/**
 * The settings that distinguish a distribution within its family, named as its factory's options. A tensor must have the
 * weight's shape or be a scalar, which `bayesian` checks; use a list for values not indexed by the weight's elements.
 */
export type Settings = Readonly<Record<string, number | boolean | readonly number[] | Tensor>>;

/** The coefficients of a log density of the form `constant - precision (w - centre)^2 / 2`, the same for every element. */
export interface Quadratic {
  /** The `logProb` that has this form; ignored for a prior with another one. */
  readonly of: Prior['logProb'];
  readonly centre: number;
  readonly precision: number;
  readonly constant: number;
}

/**
 * The distribution of a weight before any data: a log density and a way to rescale it.
 *
 * `P` are the posterior's parameters, which most priors ignore.
 */
export interface Prior<P = unknown> {
  readonly _tag: 'Prior';
  /** The family, by which a closed-form divergence is found. */
  readonly name: string;
  /** The log density of `weight`, element by element or summed; in nats. */
  logProb(weight: Tensor, posteriorParams: P): Tensor;
  /** The same prior with its scale multiplied by `scale`. */
  rescale(scale: number): Prior<P>;
  /** Mean and standard deviation, for `priorInitialization` and for closed forms. */
  readonly moments?: { readonly mean: number | Tensor; readonly std: number | Tensor };
  /** For `priorInitialization`, instead of `moments`, if the prior samples the initial means. */
  drawMoments?(shape: readonly number[], key: Key): { readonly mean: Tensor; readonly std: Tensor };
  /** A weight of the given shape, for draws of the network before any data; a prior that is not a density has none. */
  sample?(shape: readonly number[], key: Key): Tensor;
  /** The coefficients of `logProb`, if it is quadratic: a posterior may then score its samples as it draws them. */
  readonly quadratic?: Quadratic;
  /** What its log density depends on, for checkpoints: training resumes only under the prior it started with. */
  readonly settings?: Settings;
}

/** A prior, or a distribution that provides one, such as `normal()`. Other roles give a compile error with a hint. */
export type PriorLike<P = unknown> =
  | Prior<P>
  | { readonly prior: Prior<P> }
  | Refused<'Likelihood' | 'Posterior', 'pass a prior, such as normal() or flat()'>;

const kinds: FieldKinds<Omit<Prior, '_tag'>> = {
  name: 'string',
  logProb: 'function',
  rescale: 'function',
  moments: 'object?',
  drawMoments: 'function?',
  sample: 'function?',
  quadratic: 'object?',
  settings: 'object?',
};

/**
 * Makes a prior from a log density and a way to rescale it. Extra fields are kept.
 *
 * @throws Error for a field that is missing, of the wrong kind or misspelt
 * @example
 * const laplace = (scale: number): Prior =>
 *   prior({
 *     name: 'laplace',
 *     logProb: (w) => tf.sub(-Math.log(2 * scale), tf.div(tf.abs(w), scale)),
 *     rescale: (factor) => laplace(scale * factor),
 *   });
 */
export const prior = <P = unknown>(functions: Omit<Prior<P>, '_tag'>): Prior<P> => ({
  _tag: 'Prior',
  ...knownFields('prior', { ...functions }, kinds),
});

/**
 * Whether a prior's log density is 0 everywhere.
 *
 * @example
 * isFlat(flat()); // true
 */
export const isFlat = ({ quadratic, logProb }: Prior): boolean =>
  quadratic?.of === logProb && quadratic.precision === 0 && quadratic.constant === 0;

const isPrior = (value: unknown): value is Prior => tag(value) === 'Prior';

/**
 * The prior that a value is or provides.
 *
 * @throws Error naming the argument for anything else, a likelihood for instance
 * @example
 * asPrior('bayesian: prior', normal()); // the prior of normal()
 */
export const asPrior = (argument: string, value: unknown): Prior => {
  if (isPrior(value)) return value;
  if (typeof value === 'object' && value !== null && 'prior' in value && isPrior(value.prior)) {
    return value.prior;
  }
  return invalidArgument(argument, 'a prior, such as normal() or flat()', value);
};
