import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';

/** What is read of a layer of tf.layers. */
export interface LayerLike {
  readonly name: string;
  readonly getClassName: () => string;
  readonly getConfig: () => object;
  readonly getWeights: () => readonly tf.Tensor[];
  /** What a layer that is built requires of its inputs, such as their number of axes. */
  readonly inputSpec?: readonly { readonly ndim?: number }[];
}

/** A variable's value in our layout. */
export interface Source {
  readonly shape: readonly number[];
  /** Makes the tensor, which the caller owns. */
  readonly tensor: () => tf.Tensor;
}

/** The weights of one layer of ours: its variables and statistics by name. */
export interface Slot {
  /** That of our layer: how many trailing axes form one row of its input, if it is affine. */
  readonly featureRank: number | undefined;
  readonly parts: Readonly<Record<string, Source>>;
}

type Config = Readonly<Record<string, unknown>>;

/** The weights of a layer as those of our layers, most often one; throws for a configuration that has no counterpart. */
type Kind = (layer: LayerLike, weights: readonly tf.Tensor[]) => readonly Slot[];

/** A layer as it appears in messages: `'dense_1' (Dense)`. */
export const layerName = (layer: LayerLike): string => `'${layer.name}' (${layer.getClassName()})`;

const settings = (layer: LayerLike): Config => ({ ...layer.getConfig() });

const same = (weight: tf.Tensor): Source => ({ shape: weight.shape, tensor: () => tf.clone(weight) });

const reshaped = (weight: tf.Tensor, shape: readonly number[]): Source => ({
  shape,
  tensor: () => tf.reshape(weight, [...shape]),
});

const constant = ({ shape }: tf.Tensor, value: number): Source => ({
  shape,
  tensor: () => tf.fill(shape, value),
});

/** Refuses a setting under which our layer computes something else from the same weights. */
const requireSetting = (layer: LayerLike, name: string, ...allowed: readonly unknown[]): void => {
  const value = settings(layer)[name];
  if (value !== undefined && value !== null && !allowed.includes(value))
    invalidArgument(
      `checkpoint.fromLayersModel: ${name} of ${layerName(layer)}`,
      allowed.map((each) => (typeof each === 'string' ? `'${each}'` : String(each))).join(' or '),
      value,
    );
};

const slot = (featureRank: number | undefined, weight: Source, bias: tf.Tensor | undefined): Slot => ({
  featureRank,
  parts: { weight, ...(bias && { bias: same(bias) }) },
});

/** A kernel and perhaps a bias, in our layout already. */
const affine =
  (featureRank: number): Kind =>
  (layer, [kernel, bias]) => {
    requireSetting(layer, 'dataFormat', 'channelsLast');
    return [slot(featureRank, same(kernel as tf.Tensor), bias)];
  };

/** `[...kernel, in, multiplier]` is a convolution with a group for each channel, `[...kernel, 1, in * multiplier]`. */
const depthwiseSource = (kernel: tf.Tensor): Source => {
  const [height = 1, width = 1, channels = 1, multiplier = 1] = kernel.shape;
  return reshaped(kernel, [height, width, 1, channels * multiplier]);
};

const depthwise: Kind = (layer, [kernel, bias]) => {
  requireSetting(layer, 'dataFormat', 'channelsLast');
  return [slot(3, depthwiseSource(kernel as tf.Tensor), bias)];
};

/** A depthwise convolution without a bias, and one with a kernel of one pixel. */
const separable: Kind = (layer, [first, second, bias]) => {
  requireSetting(layer, 'dataFormat', 'channelsLast');
  return [slot(3, depthwiseSource(first as tf.Tensor), undefined), slot(3, same(second as tf.Tensor), bias)];
};

const embedding: Kind = (layer, [weight]) => {
  // The layers after it would skip the padding; ours do not.
  requireSetting(layer, 'maskZero', false);
  return [slot(undefined, same(weight as tf.Tensor), undefined)];
};

const layerNormalization: Kind = (layer, weights) => {
  const { scale, center } = settings(layer);
  const names = [...(scale === false ? [] : ['weight']), ...(center === false ? [] : ['bias'])];
  const parts = names.map((name, i) => [name, same(weights[i] as tf.Tensor)] as const);
  return [{ featureRank: undefined, parts: Object.fromEntries(parts) }];
};

/** The last axis alone, counted from either end; a model that was converted from Python has it in an array. */
const requireLastAxis = (layer: LayerLike): void => {
  const { axis } = settings(layer);
  const ndim = layer.inputSpec?.[0]?.ndim;
  const isLast = [axis].flat().every((each) => each === -1 || (ndim !== undefined && each === ndim - 1));
  if (axis !== undefined && !isLast)
    invalidArgument(`checkpoint.fromLayersModel: axis of ${layerName(layer)}`, '-1, the last', axis);
};

/** Of a scale and a bias, a missing one is constant: 1 and 0. */
const batchNormalization: Kind = (layer, weights) => {
  requireLastAxis(layer);
  const { scale, center } = settings(layer);
  const [runningMean, runningVar] = weights.slice(-2) as [tf.Tensor, tf.Tensor];
  const isPlain = scale === false && center === false;
  const affineParts = {
    weight: scale === false ? constant(runningMean, 1) : same(weights[0] as tf.Tensor),
    bias: center === false ? constant(runningMean, 0) : same(weights.at(-3) as tf.Tensor),
  };
  return [
    {
      featureRank: undefined,
      parts: {
        ...(!isPlain && affineParts),
        runningMean: same(runningMean),
        runningVar: same(runningVar),
      },
    },
  ];
};

/** One direction of an LSTM. The gates are in our order; its one bias becomes the input's, and the state's is 0. */
const lstmParts = (suffix: string, [kernel, state, bias]: readonly tf.Tensor[]): Slot['parts'] => ({
  [`weightIh${suffix}`]: same(kernel as tf.Tensor),
  [`weightHh${suffix}`]: same(state as tf.Tensor),
  ...(bias && { [`biasIh${suffix}`]: same(bias), [`biasHh${suffix}`]: constant(bias, 0) }),
});

const checkLstm = (layer: LayerLike): void => {
  requireSetting(layer, 'activation', 'tanh');
  requireSetting(layer, 'recurrentActivation', 'sigmoid');
};

const lstm: Kind = (layer, weights) => {
  checkLstm(layer);
  requireSetting(layer, 'goBackwards', false);
  return [{ featureRank: undefined, parts: lstmParts('', weights) }];
};

/** The layer that a wrapper applies, with the wrapper's name and weights. */
const inner = (wrapper: LayerLike): LayerLike => {
  const { layer } = settings(wrapper) as { readonly layer?: { className?: string; config?: object } };
  return {
    name: wrapper.name,
    getClassName: () => layer?.className ?? 'unknown',
    getConfig: () => layer?.config ?? {},
    getWeights: () => wrapper.getWeights(),
  };
};

const timeDistributed: Kind = (layer, weights) => slotsWith(inner(layer), weights);

const bidirectional: Kind = (layer, weights) => {
  const wrapped = inner(layer);
  if (wrapped.getClassName() !== 'LSTM')
    invalidArgument(
      `checkpoint.fromLayersModel: the layer in ${layerName(layer)}`,
      'an LSTM',
      wrapped.getClassName(),
    );
  requireSetting(layer, 'mergeMode', 'concat');
  checkLstm(wrapped);
  const half = weights.length / 2;
  const parts = { ...lstmParts('', weights.slice(0, half)), ...lstmParts('Reverse', weights.slice(half)) };
  return [{ featureRank: undefined, parts }];
};

/** The layers of tf.layers that have weights and a counterpart, by their class. */
const kinds: Readonly<Record<string, Kind>> = {
  Dense: affine(1),
  Conv1D: affine(2),
  Conv2D: affine(3),
  Conv2DTranspose: affine(3),
  Conv3D: affine(4),
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Embedding: embedding,
  LayerNormalization: layerNormalization,
  BatchNormalization: batchNormalization,
  LSTM: lstm,
  TimeDistributed: timeDistributed,
  Bidirectional: bidirectional,
};

/** Why others have none. */
const reasons: Readonly<Record<string, string>> = {
  GRU: "tf.layers resets a GRU's state before the product with its kernel, gru after it",
  SimpleRNN: 'there are lstm and gru',
};

const own = <A>(table: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const slotsWith: Kind = (layer, weights) => {
  const name = layer.getClassName();
  return (
    own(kinds, name)?.(layer, weights) ??
    invalidArgument(
      'checkpoint.fromLayersModel: layer',
      'one with a counterpart here',
      `${layer.name} (${name})`,
      own(reasons, name) ?? `those with one are ${Object.keys(kinds).join(', ')}`,
    )
  );
};

/**
 * The weights of a layer of tf.layers, as those of our layers: most often one, none without weights.
 *
 * @throws Error naming the layer if it has weights and no counterpart, or a setting that ours lacks
 * @example
 * slotsIn(tf.layers.dense({ units: 2, inputShape: [3] })); // [{ featureRank: 1, parts: { weight, bias } }]
 */
export const slotsIn = (layer: LayerLike): readonly Slot[] => {
  const weights = layer.getWeights();
  const foreign = weights.find((weight) => !(weight instanceof tf.Tensor));
  if (foreign !== undefined)
    invalidArgument(
      `checkpoint.fromLayersModel: weights of ${layerName(layer)}`,
      'tensors of the same copy of @tensorflow/tfjs-core',
      foreign,
    );
  return weights.length === 0 ? [] : slotsWith(layer, weights);
};
