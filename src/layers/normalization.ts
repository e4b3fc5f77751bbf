import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  type OptionNames,
  optionalOptions,
  positiveInteger,
  sameShape,
} from '../check/index.ts';
import type { PointMassParams } from '../distributions/index.ts';
import { type GroupNormAttributes, type NormTensors, normalizeGroups } from '../ops/groupNorm.ts';
import { isTensor } from '../tree/index.ts';
import { ordinary } from './core/deterministic.ts';
import { layer } from './core/layer.ts';
import type {
  Biased,
  Layer,
  Only,
  Slot,
  Unary,
  Variable,
  VariableOptions,
  WithNamed,
  WithoutBiases,
} from './core/part.ts';
import { named } from './core/variable.ts';

/** The ordinary weights of a normalization: `weight` multiplies its result, `bias` is added. */
export interface NormWeights {
  readonly weight: Slot<PointMassParams>;
  readonly bias: Slot<PointMassParams>;
}

/** Options of a normalization's variables by name. */
export interface NormVariables {
  /** Options of the weight only; with a posterior it is Bayesian, not ordinary. */
  readonly weight?: VariableOptions;
  /** Whether to add a bias if there is a weight; default true. Or options of the bias only. */
  readonly bias?: boolean | VariableOptions;
}

/**
 * The variables `weight` (ones) and `bias` (zeros) that a normalization has.
 *
 * @example
 * normSpec('layerNorm', [8], true, { bias: false }); // { weight }
 */
export const normSpec = (
  fn: string,
  shape: readonly number[],
  affine: boolean,
  { weight, bias = true }: NormVariables,
): Readonly<Record<string, Variable<unknown>>> => ({
  ...(affine && { weight: named(fn, 'weight', shape, weight, { ...ordinary, initialMean: 1 }) }),
  ...(affine &&
    bias !== false && {
      bias: named(fn, 'bias', shape, bias === true ? undefined : bias, { ...ordinary, initialMean: 0 }),
    }),
});

/**
 * The shape of the normalized axes.
 *
 * @throws Error if an element is not a positive integer
 * @example
 * normalizedAxes('layerNorm', 8); // [8]
 */
const normalizedAxes = (name: string, shape: number | readonly number[]): readonly number[] => {
  const axes = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(axes) || axes.length === 0) {
    invalidArgument(`${name}: normalizedShape`, 'a positive integer or an array of them', shape);
  }
  return axes.map((size) => positiveInteger(`${name}: normalizedShape`, size));
};

/**
 * Checks that a tensor ends with a shape.
 *
 * @throws Error naming PyTorch's rule otherwise
 */
const checkTrailing = (name: string, shape: readonly number[], x: Tensor): void => {
  if (!isTensor(x) || !sameShape(x.shape.slice(-shape.length), shape)) {
    invalidArgument(
      `${name}: input`,
      `a tensor whose last axes are the normalizedShape [${shape.join(', ')}]`,
      x,
    );
  }
};

/**
 * The constant under the square root.
 *
 * @throws Error if it is below 0 or not finite
 * @example
 * checkedEps('layerNorm', 1e-5); // 1e-5
 */
export const checkedEps = (name: string, eps: number): number =>
  typeof eps === 'number' && Number.isFinite(eps) && eps >= 0
    ? eps
    : invalidArgument(`${name}: eps`, 'a finite number of at least 0', eps);

/** Normalizes the last axes, which have a given shape. */
const normalizeLast = (
  x: tf.Tensor,
  shape: readonly number[],
  { weight, bias }: NormTensors,
  attrs: Pick<GroupNormAttributes, 'eps' | 'centred'>,
): tf.Tensor => {
  const features = tf.util.sizeFromShape([...shape]);
  const flat = (own: tf.Tensor | undefined) => own && tf.reshape(own, [features]);
  const rows = tf.reshape(x, [x.size / features, 1, features]);
  const own = { weight: flat(weight), bias: flat(bias) };
  return tf.reshape(normalizeGroups(rows, own, { ...attrs, groups: 1 }), x.shape);
};

/** Options of `layerNorm`. */
export interface LayerNormOptions extends NormVariables {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether to multiply the result by a weight and add a bias; default true. */
  readonly elementwiseAffine?: boolean;
}

const layerNormOptionNames: OptionNames<LayerNormOptions> = {
  eps: true,
  elementwiseAffine: true,
  weight: true,
  bias: true,
};

/** The weights of a layer normalization with given options. */
export type LayerNormWeightsOf<O> = O extends { readonly elementwiseAffine: false }
  ? Record<never, never>
  : WithNamed<Biased<NormWeights, O>, O>;

/**
 * Layer normalization (Ba et al. 2016) over the last axes, `[..., ...normalizedShape]` to the same shape:
 * `(x - mean) / sqrt(variance + eps) * weight + bias`, the variance without Bessel's correction. Its weights
 * are ordinary ones, point masses without a prior term, initialized to 1 and 0.
 *
 * @throws Error if a size is not a positive integer or `eps` below 0; when called, if the input does not end
 * with `normalizedShape`
 * @example
 * const net = sequential(linear(16, 64), layerNorm(64), tf.relu, linear(64, 1));
 */
export const layerNorm = <const O extends LayerNormOptions = Record<never, never>>(
  normalizedShape: number | readonly number[],
  options?: Only<O, LayerNormOptions>,
): Layer<LayerNormWeightsOf<O>, Unary> => {
  const {
    eps = 1e-5,
    elementwiseAffine = true,
    ...variables
  } = optionalOptions<LayerNormOptions>('layerNorm', options, layerNormOptionNames);
  const shape = normalizedAxes('layerNorm', normalizedShape);
  checkedEps('layerNorm', eps);
  return layer(
    normSpec('layerNorm', shape, elementwiseAffine, variables),
    (own: NormTensors) =>
      (x: tf.Tensor): tf.Tensor => {
        checkTrailing('layerNorm', shape, x);
        return normalizeLast(x, shape, own, { eps, centred: true });
      },
  ) as Layer<never, Unary>;
};

/** Options of `groupNorm`. */
export interface GroupNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether to multiply each channel by a weight and add a bias; default true. */
  readonly affine?: boolean;
  /** Options of the weight only; with a posterior it is Bayesian, not ordinary. */
  readonly weight?: VariableOptions;
  /** Options of the bias only. */
  readonly bias?: VariableOptions;
}

const groupNormOptionNames: OptionNames<GroupNormOptions> = {
  eps: true,
  affine: true,
  weight: true,
  bias: true,
};

/** The weights of a group normalization with given options. */
export type GroupNormWeightsOf<O> = O extends { readonly affine: false }
  ? Record<never, never>
  : WithNamed<NormWeights, O>;

/**
 * Group normalization (Wu and He 2018), channels last: `[batch, ...space, channels]` to the same shape. Mean and
 * variance are taken over each row's group of `numChannels / numGroups` channels at all positions. Its weights are
 * ordinary ones, point masses without a prior term, initialized to 1 and 0.
 *
 * @throws Error if a number is not a positive integer, `numChannels` is not a multiple of `numGroups` or `eps` is below
 * 0; when called, if the input's last axis is not `numChannels`
 * @example
 * const norm = groupNorm(4, 16); // four groups of four channels each
 */
export const groupNorm = <const O extends GroupNormOptions = Record<never, never>>(
  numGroups: number,
  numChannels: number,
  options?: Only<O, GroupNormOptions>,
): Layer<GroupNormWeightsOf<O>, Unary> => {
  const {
    eps = 1e-5,
    affine = true,
    ...variables
  } = optionalOptions<GroupNormOptions>('groupNorm', options, groupNormOptionNames);
  positiveInteger('groupNorm: numGroups', numGroups);
  if (positiveInteger('groupNorm: numChannels', numChannels) % numGroups !== 0) {
    invalidArgument('groupNorm: numChannels', `divisible by numGroups, ${numGroups}`, numChannels);
  }
  checkedEps('groupNorm', eps);
  return layer(
    normSpec('groupNorm', [numChannels], affine, variables),
    (own: NormTensors) =>
      (x: tf.Tensor): tf.Tensor => {
        if (!isTensor(x) || x.rank < 2 || x.shape.at(-1) !== numChannels) {
          invalidArgument(
            'groupNorm: input',
            `a tensor [batch, ..., channels] of ${numChannels} channels`,
            x,
          );
        }
        const rows = x.shape[0] ?? 1;
        const positions = tf.util.sizeFromShape(x.shape.slice(1, -1));
        const each = tf.reshape(x, [rows, positions, numChannels]);
        return tf.reshape(normalizeGroups(each, own, { groups: numGroups, eps, centred: true }), x.shape);
      },
  ) as Layer<never, Unary>;
};

/** Options of `rmsNorm`. */
export interface RmsNormOptions {
  /** Added to the mean square; default 2^-23, the distance from 1 to the next float32. */
  readonly eps?: number;
  /** Whether to multiply the result by a weight; default true. */
  readonly elementwiseAffine?: boolean;
  /** Options of the weight only; with a posterior it is Bayesian, not ordinary. */
  readonly weight?: VariableOptions;
}

const rmsNormOptionNames: OptionNames<RmsNormOptions> = { eps: true, elementwiseAffine: true, weight: true };

/** The weights of a root mean square normalization with given options. */
export type RmsNormWeightsOf<O> = O extends { readonly elementwiseAffine: false }
  ? Record<never, never>
  : WithNamed<WithoutBiases<NormWeights>, O>;

/**
 * Root mean square normalization (Zhang and Sennrich 2019) over the last axes: `x / sqrt(mean(x^2) + eps) * weight`.
 * Its weight is an ordinary one, a point mass without a prior term, initialized to 1.
 *
 * @throws Error if a size is not a positive integer or `eps` below 0; when called, if the input does not end
 * with `normalizedShape`
 * @example
 * const net = sequential(linear(16, 64), rmsNorm(64), tf.relu, linear(64, 1));
 */
export const rmsNorm = <const O extends RmsNormOptions = Record<never, never>>(
  normalizedShape: number | readonly number[],
  options?: Only<O, RmsNormOptions>,
): Layer<RmsNormWeightsOf<O>, Unary> => {
  const {
    eps = 2 ** -23,
    elementwiseAffine = true,
    weight,
  } = optionalOptions<RmsNormOptions>('rmsNorm', options, rmsNormOptionNames);
  const shape = normalizedAxes('rmsNorm', normalizedShape);
  checkedEps('rmsNorm', eps);
  return layer(
    normSpec('rmsNorm', shape, elementwiseAffine, { ...(weight && { weight }), bias: false }),
    (own: NormTensors) =>
      (x: tf.Tensor): tf.Tensor => {
        checkTrailing('rmsNorm', shape, x);
        return normalizeLast(x, shape, own, { eps, centred: false });
      },
  ) as Layer<never, Unary>;
};
