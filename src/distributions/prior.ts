import type { Tensor } from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields, type Refused, tag } from '../check/index.ts';
import type { Key } from '../random/index.ts';

/**
 * The numbers that tell a distribution from others of its family, by the names that its factory has for them. A tensor must
 * have the weight's shape or be a scalar, which `bayesian` checks; a list is for what does not go by the weight's elements.
 */
export type Settings = Readonly<Record<string, number | boolean | readonly number[] | Tensor>>;

/** The numbers of a log density of the form `constant - precision (w - centre)^2 / 2`, the same for every element. */
export interface Quadratic {
  /** The `logProb` of which this holds; a prior with another one does not have this form. */
  readonly of: Prior['logProb'];
  readonly centre: number;
  readonly precision: number;
  readonly constant: number;
}

/**
 * What is believed of a weight before any data: a log density and a way to be rescaled.
 *
 * `P` are the posterior's parameters, which most priors do not look at.
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
  /** For `priorInitialization`, in place of `moments`, where the prior itself draws the means at the start. */
  drawMoments?(shape: readonly number[], key: Key): { readonly mean: Tensor; readonly std: Tensor };
  /** What `logProb` computes, if it has this form: then a posterior may score its draws while it makes them. */
  readonly quadratic?: Quadratic;
  /** What its log density depends on, for checkpoints: a training goes on only under the prior that it began with. */
  readonly settings?: Settings;
}

/** A prior, or a distribution that can play one, such as `normal()`. Another role is a compile error that says so. */
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
  quadratic: 'object?',
  settings: 'object?',
};

/**
 * Makes a prior of a log density and a way to be rescaled. Fields of your own beside these stay as they are.
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
 * The prior that a value is or can play.
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
