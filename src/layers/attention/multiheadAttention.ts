import { invalidArgument, type OptionNames, optionalOptions, positiveInteger } from '../../check/index.ts';
import { layer } from '../core/layer.ts';
import type { Unary } from '../core/part.ts';
import {
  type Layer,
  type Only,
  pickWeightOptions,
  type Spec,
  type WeightOptions,
  type WithNamed,
  type WithOptions,
  weightOptionNames,
} from '../core/part.ts';
import { named } from '../core/variable.ts';
import { dropout } from '../dropout.ts';
import { type Attention, type AttentionSettings, attend } from './attend.ts';
import {
  type AttentionTensors,
  type AttentionVariables,
  attentionShapes,
  attentionVariables,
  type KeyValueBiases,
  type PackedProjections,
  type ProjectionBiases,
  type SeparateProjections,
} from './weights.ts';

/** Options of `multiheadAttention` and of its weights; `rescalePrior` defaults to true. */
export interface MultiheadAttentionOptions extends WeightOptions, AttentionVariables {
  /** Whether the projections have biases; default true. Options of single variables are set by their names. */
  readonly bias?: boolean;
  /** Append a learned key and value; default false. */
  readonly addBiasKv?: boolean;
  /** Append a key and a value of zeros; default false. */
  readonly addZeroAttn?: boolean;
  /** The size of the keys; default `embedDim`. */
  readonly kdim?: number;
  /** The size of the values; default `embedDim`. */
  readonly vdim?: number;
  /** The rate of dropout on the attention weights; default 0. */
  readonly dropout?: number;
}

const optionNames: OptionNames<MultiheadAttentionOptions> = {
  ...weightOptionNames,
  ...attentionVariables,
  bias: true,
  addBiasKv: true,
  addZeroAttn: true,
  kdim: true,
  vdim: true,
  dropout: true,
};

type IsOther<E extends number, D> = number extends E ? true : [D] extends [E] ? false : true;

type IsSeparate<E extends number, O> = O extends { readonly kdim: infer D }
  ? IsOther<E, D> extends true
    ? true
    : IsSeparate<E, Omit<O, 'kdim'>>
  : O extends { readonly vdim: infer D }
    ? IsOther<E, D>
    : false;

/** The weights of an attention with embeddings of size `E` and given options. */
export type MultiheadAttentionWeightsOf<E extends number, O> = WithOptions<
  WithNamed<
    (IsSeparate<E, O> extends true ? SeparateProjections : PackedProjections) &
      (O extends { readonly bias: false } ? unknown : ProjectionBiases) &
      (O extends { readonly addBiasKv: true } ? KeyValueBiases : unknown),
    O
  >,
  O
>;

/**
 * Multi-head attention (Vaswani et al. 2017): `softmax(Q K^T / sqrt(embed / heads) + mask) V` for each head, between
 * projections. The body is `(query, key, value, { attnMask, keyPaddingMask, isCausal, needWeights,
 * averageAttnWeights })`, batch first; all three may be unbatched. It returns `{ output, weights }`. The weights of a
 * fully masked position are zeros (PyTorch's are NaN).
 *
 * Weights are named as in PyTorch, in camelCase; matrices are `[in, out]`. Every estimator samples them, since the
 * output is not affine in them. Priors are rescaled by fan-in unless `rescalePrior` is false here.
 *
 * @throws Error if a size is not a positive integer or `numHeads` does not divide `embedDim`; when called, for
 * inputs and masks with inconsistent shapes, or a mask that is neither bool nor float
 * @example
 * const block = layer(
 *   { attention: multiheadAttention(64, 4), norm: layerNorm(64) },
 *   ({ attention, norm }) =>
 *     (x: tf.Tensor) => norm(tf.add(x, attention(x, x, x).output)),
 * );
 */
export const multiheadAttention = <
  const E extends number,
  const O extends MultiheadAttentionOptions = Record<never, never>,
>(
  embedDim: E,
  numHeads: number,
  options?: Only<O, MultiheadAttentionOptions>,
): Layer<MultiheadAttentionWeightsOf<E, O>, Attention> => {
  const {
    bias = true,
    addBiasKv = false,
    addZeroAttn = false,
    kdim = embedDim,
    vdim = embedDim,
    dropout: rate = 0,
    ...given
  } = optionalOptions<MultiheadAttentionOptions>('multiheadAttention', options, optionNames);
  positiveInteger('multiheadAttention: embedDim', embedDim);
  positiveInteger('multiheadAttention: kdim', kdim);
  positiveInteger('multiheadAttention: vdim', vdim);
  if (embedDim % positiveInteger('multiheadAttention: numHeads', numHeads) !== 0) {
    invalidArgument('multiheadAttention: embedDim', `divisible by numHeads, ${numHeads}`, embedDim);
  }
  const settings: AttentionSettings = { embedDim, numHeads, kdim, vdim, addZeroAttn };
  const spec: Spec = {
    ...Object.fromEntries(
      Object.entries(attentionShapes({ embedDim, kdim, vdim, bias, addBiasKv })).map(([name, shape]) => [
        name,
        named('multiheadAttention', name, shape, given[name as keyof AttentionVariables]),
      ]),
    ),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
  };
  return layer(
    spec,
    (parts) => {
      const { dropout: drop, ...own } = parts as unknown as AttentionTensors & { readonly dropout?: Unary };
      return attend(settings, own as AttentionTensors, drop) as Attention;
    },
    { ...pickWeightOptions(given), rescalePrior: given.rescalePrior ?? true },
  ) as Layer<never, Attention>;
};
