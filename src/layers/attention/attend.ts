import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../../check/index.ts';
import { isTensor } from '../../tree/index.ts';
import type { Unary } from '../core/part.ts';
import { type AttentionMasks, attentionMask } from './mask.ts';
import { type AttentionTensors, type Projection, projections } from './weights.ts';

/** Options of one call: its masks, and which weights to return. */
export interface AttentionOptions extends AttentionMasks {
  /** Whether to return the attention weights too; default true. */
  readonly needWeights?: true;
  /** Whether to average the weights over the heads, instead of returning those of each; default true. */
  readonly averageAttnWeights?: boolean;
}

const optionNames: OptionNames<AttentionOptions> = {
  attnMask: true,
  keyPaddingMask: true,
  isCausal: true,
  needWeights: true,
  averageAttnWeights: true,
};

/** The result of an attention. */
export interface Attended {
  /** `[batch, length, embed]`. */
  readonly output: tf.Tensor;
  /**
   * `[batch, length, source]`, or `[batch, heads, length, source]` without averaging. Appended keys extend the source
   * axis.
   */
  readonly weights: tf.Tensor;
}

/** Attention of `query` `[batch, length, embed]` to `key` `[batch, source, kdim]` with its `value` `[..., vdim]`. */
export interface Attention {
  (
    query: tf.Tensor,
    key: tf.Tensor,
    value: tf.Tensor,
    options: Omit<AttentionOptions, 'needWeights'> & { readonly needWeights: false },
  ): Pick<Attended, 'output'>;
  (query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, options?: AttentionOptions): Attended;
}

/** The sizes of an attention. */
export interface AttentionSettings {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly addZeroAttn: boolean;
}

const checked = (name: string, x: unknown, rank: number, features: number): tf.Tensor =>
  isTensor(x) && x.rank === rank && x.shape.at(-1) === features
    ? x
    : invalidArgument(
        `multiheadAttention: ${name}`,
        rank === 2
          ? `an unbatched tensor [length, ${features}], since the query is one`
          : `a tensor [batch, length, ${features}], or [length, ${features}] throughout`,
        x,
      );

const checkedInputs = (
  { embedDim, kdim, vdim }: AttentionSettings,
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
): void => {
  const rank = isTensor(query) && query.rank === 2 ? 2 : 3;
  checked('query', query, rank, embedDim);
  checked('key', key, rank, kdim);
  checked('value', value, rank, vdim);
  if (rank === 3 && key.shape[0] !== query.shape[0]) {
    invalidArgument('multiheadAttention: key', `of the query's batch size ${query.shape[0]}`, key);
  }
  if (value.shape.slice(0, -1).join() !== key.shape.slice(0, -1).join()) {
    invalidArgument(
      'multiheadAttention: value',
      `of the key's batch and source length, [${key.shape.slice(0, -1).join(', ')}]`,
      value,
    );
  }
};

/** `[batch, length, in]` times `[in, out]`. */
const project = (x: tf.Tensor, { weight, bias }: Projection): tf.Tensor => {
  const [batch = 1, length = 1, inside = 1] = x.shape;
  const product = tf.matMul(tf.reshape(x, [batch * length, inside]), weight as tf.Tensor2D);
  return tf.reshape(bias === undefined ? product : tf.add(product, bias), [batch, length, -1]);
};

/** Scales the query's projection instead of the scores, which are larger. */
const scaled = ({ weight, bias }: Projection, by: number): Projection => ({
  weight: tf.mul(weight, by),
  bias: bias && tf.mul(bias, by),
});

const split = (x: tf.Tensor, heads: number): tf.Tensor => {
  const [batch = 1, length = 1, embed = 1] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, embed / heads]), [0, 2, 1, 3]);
};

const join = (x: tf.Tensor): tf.Tensor => {
  const [batch = 1, heads = 1, length = 1, size = 1] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
};

/** Keys or values with the learned one and the zeros appended, `[batch, heads, source, size]`. */
const extended = (
  x: tf.Tensor,
  bias: tf.Tensor | undefined,
  { numHeads, addZeroAttn }: AttentionSettings,
): tf.Tensor => {
  const [batch = 1, , embed = 1] = x.shape;
  const learned =
    bias === undefined ? x : tf.concat([x, tf.tile(tf.reshape(bias, [1, 1, embed]), [batch, 1, 1])], 1);
  const heads = split(learned, numHeads);
  return addZeroAttn ? tf.concat([heads, tf.zeros([batch, numHeads, 1, embed / numHeads])], 2) : heads;
};

/** The body of an attention: projections, scores, weights, and the weighted sum of the values. */
export const attend =
  (settings: AttentionSettings, own: AttentionTensors, drop: Unary | undefined) =>
  (
    query: tf.Tensor,
    key: tf.Tensor,
    value: tf.Tensor,
    options: AttentionMasks & { readonly needWeights?: boolean; readonly averageAttnWeights?: boolean } = {},
  ): { readonly output: tf.Tensor; readonly weights?: tf.Tensor } => {
    const {
      needWeights = true,
      averageAttnWeights = true,
      ...masks
    } = knownOptions('multiheadAttention', options, optionNames);
    const { embedDim, numHeads, addZeroAttn } = settings;
    checkedInputs(settings, query, key, value);
    const unbatched = query.rank === 2;
    const lift = (x: tf.Tensor): tf.Tensor => (unbatched ? tf.expandDims(x, 0) : x);
    const lower = (x: tf.Tensor): tf.Tensor => (unbatched ? tf.squeeze(x, [0]) : x);
    const [q, k, v] = projections(own);
    const queries = split(project(lift(query), scaled(q, 1 / Math.sqrt(embedDim / numHeads))), numHeads);
    const keys = extended(project(lift(key), k), own.biasK, settings);
    const values = extended(project(lift(value), v), own.biasV, settings);
    const [batch = 1, heads = 1, length = 1] = queries.shape;
    const source = key.shape.at(-2) ?? 1;
    const extra = (own.biasK === undefined ? 0 : 1) + (addZeroAttn ? 1 : 0);
    const mask = attentionMask(masks, { batch, heads, length, source, extra, unbatched });
    const scores = tf.matMul(queries, keys, false, true);
    const attention = tf.softmax(mask === null ? scores : tf.add(scores, mask.added));
    const kept = drop === undefined ? attention : drop(attention);
    // Fully masked rows were opened for the softmax; mask them again.
    const remasked = (x: tf.Tensor): tf.Tensor => (mask?.open ? tf.mul(x, mask.open) : x);
    const context = join(remasked(tf.matMul(kept, values)));
    const output = lower(project(context, { weight: own.outProjWeight as tf.Tensor, bias: own.outProjBias }));
    if (!needWeights) return { output };
    return { output, weights: lower(averageAttnWeights ? tf.mean(remasked(kept), 1) : remasked(kept)) };
  };
