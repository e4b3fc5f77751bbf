import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions, positiveInteger } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { layer } from './core/layer.ts';
import type { Unary } from './core/part.ts';
import {
  type Layer,
  type Only,
  type VariableOptions,
  type Weight,
  type WeightOptions,
  type WithNamed,
  type WithOptions,
  weightOptionNames,
} from './core/part.ts';
import { named } from './core/variable.ts';

/** The weight of an embedding: `weight` `[numEmbeddings, embeddingDim]`. */
export interface EmbeddingWeights {
  readonly weight: Weight;
}

/** Options of `embedding` and of its weight. */
export interface EmbeddingOptions extends WeightOptions {
  /** The index whose embedding stays zero and is not learned; counted from the end if negative. Default none. */
  readonly paddingIdx?: number;
  /** Options of the weight, equivalent to those of the layer. */
  readonly weight?: VariableOptions;
}

const optionNames: OptionNames<EmbeddingOptions> = { ...weightOptionNames, paddingIdx: true, weight: true };

const checkedPadding = (index: number, count: number): number =>
  Number.isInteger(index) && index >= -count && index < count
    ? (index + count) % count
    : invalidArgument(
        'embedding: paddingIdx',
        `an integer within numEmbeddings, from ${-count} to ${count - 1}`,
        index,
      );

/** `[..., 1]`: 1 at positions that are not padding, else 0. */
const present = (indices: tf.Tensor, padding: number): tf.Tensor =>
  tf.cast(tf.expandDims(tf.notEqual(indices, tf.scalar(padding, 'int32')), -1), 'float32');

/**
 * A vector for each index: int32 `[...]` to `[..., embeddingDim]`. Only one row of the weight feeds an output, so its
 * fan-in is 1. On a GPU, where indices are not read, one out of range gives zeros.
 *
 * @throws Error if a size is not a positive integer or `paddingIdx` is out of range; when called, for an input that
 * is not int32, and on the cpu and wasm backends for an index outside of [0, numEmbeddings)
 * @example
 * const net = layer(
 *   { embed: embedding(100, 16), out: linear(16, 2) },
 *   ({ embed, out }) => (tokens: tf.Tensor) => out(tf.mean(embed(tokens), 1)),
 * );
 */
export const embedding = <const O extends EmbeddingOptions = Record<never, never>>(
  numEmbeddings: number,
  embeddingDim: number,
  options?: Only<O, EmbeddingOptions>,
): Layer<WithOptions<WithNamed<EmbeddingWeights, O>, O>, Unary> => {
  const {
    paddingIdx,
    weight: own,
    ...weights
  } = optionalOptions<EmbeddingOptions>('embedding', options, optionNames);
  const shape = [
    positiveInteger('embedding: numEmbeddings', numEmbeddings),
    positiveInteger('embedding: embeddingDim', embeddingDim),
  ];
  const padding = paddingIdx === undefined ? undefined : checkedPadding(paddingIdx, numEmbeddings);
  return layer(
    { weight: named('embedding', 'weight', shape, own, { fanIn: 1 }) },
    ({ weight }) =>
      (indices: tf.Tensor): tf.Tensor => {
        if (!isTensor(indices) || indices.dtype !== 'int32') {
          invalidArgument('embedding: input', 'an int32 tensor of indices', indices);
        }
        const found = tf.gather(weight, indices as tf.Tensor1D);
        return padding === undefined ? found : tf.mul(found, present(indices, padding));
      },
    weights,
  ) as Layer<never, Unary>;
};
