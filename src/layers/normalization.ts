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
import { customGrad } from '../ops/customGrad.ts';
import { isDifferentiatedAgain, savedOutput } from '../ops/gradients/savedOutput.ts';
import { fusedGroupNorm, type GroupNormAttributes } from '../ops/groupNorm.ts';
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
 * The indices of the last axes, if a tensor ends with a shape.
 *
 * @throws Error naming PyTorch's rule otherwise
 * @example
 * trailingAxes('layerNorm', [8], tf.zeros([2, 8])); // [1]
 */
const trailingAxes = (name: string, shape: readonly number[], x: Tensor): readonly number[] => {
  if (!isTensor(x) || !sameShape(x.shape.slice(-shape.length), shape)) {
    invalidArgument(
      `${name}: input`,
      `a tensor whose last axes are the normalizedShape [${shape.join(', ')}]`,
      x,
    );
  }
  return shape.map((_, index) => x.rank - shape.length + index);
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

/**
 * Divides by the root mean square over some axes, after subtracting the mean if `centred`. The gradient is given in
 * closed form, `(dy - [mean dy] - y mean(dy y)) / std`: a third of the passes over the tensor that the derived one
 * would take.
 *
 * @example
 * standardize(tf.tensor2d([[1, 3]]), [1], 0, true); // [[-1, 1]]
 */
export const standardize = (
  x: tf.Tensor,
  axes: readonly number[],
  eps: number,
  centred: boolean,
): tf.Tensor => {
  const mean = (of: tf.Tensor): tf.Tensor => tf.mean(of, [...axes], true);
  const centre = (of: tf.Tensor): tf.Tensor => (centred ? tf.sub(of, mean(of)) : of);
  const inverseScale = (deviation: tf.Tensor): tf.Tensor => tf.rsqrt(tf.add(mean(tf.square(deviation)), eps));
  return customGrad((given: tf.Tensor) => {
    const deviation = centre(given);
    const inverse = inverseScale(deviation);
    const value = tf.mul(deviation, inverse);
    return {
      value,
      saved: [given, value, inverse],
      gradient: (dy, [input, output, constant]) => {
        const y = savedOutput(output);
        // In nested differentiation the scale has to be a function of the input.
        const scale = isDifferentiatedAgain() ? inverseScale(centre(input)) : constant;
        return tf.mul(tf.sub(centre(dy), tf.mul(y, mean(tf.mul(dy, y)))), scale);
      },
    };
  })(x);
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
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        const y = standardize(x, trailingAxes('layerNorm', shape, x), eps, true);
        const scaled = own.weight === undefined ? y : tf.mul(y, own.weight);
        return own.bias === undefined ? scaled : tf.add(scaled, own.bias);
      },
  ) as Layer<never, Unary>;
};

/** The weights that a normalization has, as tensors. */
export interface NormTensors {
  readonly weight?: tf.Tensor;
  readonly bias?: tf.Tensor;
}

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

/** Standardizes `[batch, ...space, channels]` over each group of channels, scales and shifts. */
const normalizeGroups = (
  x: tf.Tensor,
  { weight, bias }: NormTensors,
  attrs: GroupNormAttributes,
): tf.Tensor => {
  const [batch = 1, ...rest] = x.shape;
  const channels = rest.at(-1) ?? 1;
  const positions = tf.util.sizeFromShape(rest.slice(0, -1));
  const fused = fusedGroupNorm(
    tf.reshape(x, [batch, positions, channels]),
    weight ?? tf.ones([channels]),
    bias ?? tf.zeros([channels]),
    attrs,
  );
  if (fused !== undefined) return tf.reshape(fused, x.shape);
  const { groups, eps } = attrs;
  const grouped = tf.reshape(x, [batch, positions, groups, channels / groups]);
  const y = tf.reshape(standardize(grouped, [1, 3], eps, true), x.shape);
  return weight === undefined || bias === undefined ? y : tf.add(tf.mul(y, weight), bias);
};

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
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        if (!isTensor(x) || x.rank < 2 || x.shape.at(-1) !== numChannels) {
          invalidArgument(
            'groupNorm: input',
            `a tensor [batch, ..., channels] of ${numChannels} channels`,
            x,
          );
        }
        return normalizeGroups(x, own, { groups: numGroups, eps });
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
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        const y = standardize(x, trailingAxes('rmsNorm', shape, x), eps, false);
        return own.weight === undefined ? y : tf.mul(y, own.weight);
      },
  ) as Layer<never, Unary>;
};
