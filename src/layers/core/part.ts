import type { Tensor } from '@tensorflow/tfjs-core';
import type { OptionNames } from '../../check/index.ts';
import type { PosteriorLike, PriorLike } from '../../distributions/index.ts';
import type { Key } from '../../random/index.ts';

/** The type of any forward function: tensors to a tensor or a tree of tensors. */
export type Forward = (...args: never[]) => unknown;

/** A function from one tensor to another: an activation, or what most layers become. */
export type Unary = (x: Tensor) => Tensor;

/** Options of weights. Set per variable, per layer or in `bayesian`; the innermost wins. */
export interface WeightOptions<P = unknown> {
  /** The family of posteriors and its initial parameters; default `normal({ std: 0.1 })`. */
  readonly posterior?: PosteriorLike<P>;
  /** The distribution of the weights before any data; default `normal()`, a standard normal. */
  readonly prior?: PriorLike<P>;
  /** Multiply the prior's scale by `1 / sqrt(3 fanIn)`; default false. */
  readonly rescalePrior?: boolean;
  /** Scale the initial spread by fan-in; default true. */
  readonly kaimingInitialization?: boolean;
  /** Initialize at the prior's mean and standard deviation instead; default false. */
  readonly priorInitialization?: boolean;
}

/** The names of `WeightOptions`, for functions that take them besides their own options. */
export const weightOptionNames: OptionNames<WeightOptions> = {
  posterior: true,
  prior: true,
  rescalePrior: true,
  kaimingInitialization: true,
  priorInitialization: true,
};

/**
 * The weight options among options of a layer.
 *
 * @example
 * pickWeightOptions({ numLayers: 2, rescalePrior: true }); // { rescalePrior: true }
 */
export const pickWeightOptions = (options: WeightOptions): WeightOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(weightOptionNames, name)));

/** Options of one variable. */
export interface VariableOptions<P = unknown> extends WeightOptions<P> {
  /** How many inputs feed one output; default the product of all axes but the last. */
  readonly fanIn?: number;
  /** Start all means at this value instead of a random one. */
  readonly initialMean?: number;
}

/**
 * Merges options with inner ones, which win; an inner `undefined` does not hide the outer option.
 *
 * @example
 * innermost({ rescalePrior: true }, { rescalePrior: undefined, fanIn: 3 }); // { rescalePrior: true, fanIn: 3 }
 */
export const innermost = (outer: VariableOptions, inner: VariableOptions): VariableOptions => ({
  ...outer,
  ...Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== undefined)),
});

/** Options `O` without any that `Known` does not have: a misspelt name is a compile error. */
export type Only<O, Known> = O & { readonly [K in Exclude<keyof O, keyof Known>]: never };

/** The slot of a variable whose posterior is set by its layer or by `bayesian`. */
export interface Inherit {
  readonly _inherit: true;
}

/** A leaf of a layer's weight type: `P` are the variable's posterior parameters, or `Inherit`. */
export interface Slot<out P> {
  readonly _slot: P;
}

/** The weight type of a variable without options. */
export type Weight = Slot<Inherit>;

/** A weight tensor of a given shape, with its own options. */
export interface Variable<out P = Inherit> {
  readonly _tag: 'Variable';
  readonly shape: readonly number[];
  readonly options: VariableOptions;
  readonly _params?: P;
}

/** A part that the body receives as a key, or as `null` when the network runs without noise. */
export interface RandomKey {
  readonly _tag: 'RandomKey';
}

/**
 * A part that is neither sampled nor differentiated, such as a running mean: its value lives in the parameters, and changes
 * by what the body records in training.
 */
export interface Statistic {
  readonly _tag: 'Statistic';
  readonly shape: readonly number[];
  readonly initialValue: number;
}

/** A leaf of a layer's weight type that is a statistic: in the parameters it is a tensor. */
export interface StatisticSlot extends Slot<Tensor> {
  readonly _statistic: true;
}

/** What a body receives for a statistic. */
export interface Recorder {
  /** The current value, or what the body has already recorded in this run. */
  readonly value: Tensor;
  /** Records the next value, of the same shape. `null` unless the network runs in training. */
  readonly record: ((next: Tensor) => void) | null;
}

/** A layer's parts and a function of them. `W` is its tree of weights, `F` its forward function. */
export interface Layer<out W, out F extends Forward> {
  readonly _tag: 'Layer';
  readonly spec: Spec;
  readonly body: (parts: never) => F;
  readonly options: WeightOptions;
  /** Set if the output is affine in the weights: how many trailing axes form one row of the input. */
  readonly featureRank?: number;
  /** The variable, a matrix, that the body only multiplies rows by: it receives a tensor, or that product as a function. */
  readonly factor?: string;
  readonly _weights?: W;
}

/** A part of a layer: a variable (or just its shape), a layer, a statistic, or `randomKey`. */
export type Part = readonly number[] | Variable<unknown> | Statistic | RandomKey | Layer<unknown, Forward>;

/** The parts of a layer by name. */
export interface Spec {
  readonly [name: string]: Part;
}

/** The weight tree of a spec: a slot for each variable and each statistic, a tree for each layer with any. */
export type WeightsOf<S> = {
  readonly [K in keyof S as S[K] extends RandomKey
    ? never
    : S[K] extends Layer<infer W, Forward>
      ? keyof W extends never
        ? never
        : K
      : K]: S[K] extends Layer<infer W, Forward>
    ? W
    : S[K] extends Statistic
      ? StatisticSlot
      : S[K] extends Variable<infer P>
        ? Slot<P>
        : Weight;
};

/** The parts that a layer's body receives: tensors, functions, keys and recorders. */
export type PartsOf<S> = {
  readonly [K in keyof S]: S[K] extends Layer<unknown, infer F>
    ? F
    : S[K] extends RandomKey
      ? Key | null
      : S[K] extends Statistic
        ? Recorder
        : Tensor;
};

/**
 * The weights `W` of a layer whose options `O` set some variables by name, as in `{ weight: { posterior } }`: their
 * posteriors fill their slots.
 */
export type WithNamed<W, O> = {
  readonly [K in keyof W]: K extends keyof O
    ? O[K] extends { readonly posterior: PosteriorLike<infer Q> }
      ? Slot<Q>
      : W[K]
    : W[K];
};

/** Weights without their biases, at every depth. */
export type WithoutBiases<W> = {
  readonly [K in keyof W as K extends `${string}${'b' | 'B'}ias` ? never : K]: W[K] extends Slot<unknown>
    ? W[K]
    : WithoutBiases<W[K]>;
};

/** The weights `W` of a layer with options `O`, without biases if `bias` is false. */
export type Biased<W, O> = O extends { readonly bias: false } ? WithoutBiases<W> : W;

/** The weight tree of a layer with options `O`, whose posterior, if set, fills the open slots. */
export type WithOptions<W, O> = O extends { readonly posterior: PosteriorLike<infer Q> } ? Resolved<W, Q> : W;

/** A weight tree with the open slots filled by the posterior parameters `Q`. */
export type Resolved<W, Q> = {
  readonly [K in keyof W]: W[K] extends StatisticSlot
    ? W[K]
    : W[K] extends Slot<infer P>
      ? Slot<P extends Inherit ? Q : P>
      : Resolved<W[K], Q>;
};
