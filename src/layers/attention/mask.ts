import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../../check/index.ts';
import { customGrad } from '../../ops/customGrad.ts';
import { isTensor } from '../../tree/index.ts';

/**
 * Masks of an attention. A boolean mask is `true` where attention is *not* allowed, as in PyTorch; a float mask is
 * added to the scores, `-Infinity` to forbid. The weights of a fully masked position are 0.
 */
export interface AttentionMasks {
  /** `[length, source]`, or one for each head, `[batch * numHeads, length, source]`. */
  readonly attnMask?: tf.Tensor | undefined;
  /** Which of the keys are padding: `[batch, source]`, or `[source]` for unbatched input. */
  readonly keyPaddingMask?: tf.Tensor | undefined;
  /**
   * Restricts each position to itself and earlier ones. With an `attnMask` it is only a hint, and the mask is applied
   * as it is, as in PyTorch.
   */
  readonly isCausal?: boolean | undefined;
}

/** The sizes of one attention with batched input. */
export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly source: number;
  /** The number of appended keys, which no mask forbids. */
  readonly extra: number;
  readonly unbatched: boolean;
}

/** A mask to add to scores `[batch, heads, length, source + extra]`, axes of size 1 broadcast. */
export interface AdditiveMask {
  readonly added: tf.Tensor;
  /** `[..., length, 1]`: 1 where a position may attend to anything, else 0; `null` if all are 1. */
  readonly open: tf.Tensor | null;
}

const asFloat = (argument: string, mask: tf.Tensor): tf.Tensor => {
  if (mask.dtype === 'bool') return tf.where(mask, Number.NEGATIVE_INFINITY, 0);
  return mask.dtype === 'float32'
    ? mask
    : invalidArgument(argument, 'a bool tensor (true: may not attend) or a float32 one', mask);
};

const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const checkedAttnMask = (mask: unknown, { batch, heads, length, source }: AttentionSizes): tf.Tensor => {
  const argument = 'multiheadAttention: attnMask';
  const flat = [length, source];
  const each = [batch * heads, length, source];
  if (!isTensor(mask) || !(sameShape(mask.shape, flat) || sameShape(mask.shape, each))) {
    return invalidArgument(
      argument,
      `of shape ${text(flat)} (length, source length) or ${text(each)} (batch * numHeads, length, source length)`,
      mask,
    );
  }
  return tf.reshape(asFloat(argument, mask), [...(mask.rank === 2 ? [1, 1] : [batch, heads]), ...flat]);
};

const checkedKeyPaddingMask = (mask: unknown, { batch, source, unbatched }: AttentionSizes): tf.Tensor => {
  const argument = 'multiheadAttention: keyPaddingMask';
  const shape = unbatched ? [source] : [batch, source];
  return isTensor(mask) && sameShape(mask.shape, shape)
    ? tf.reshape(asFloat(argument, mask), [batch, 1, 1, source])
    : invalidArgument(
        argument,
        `of shape ${text(shape)} ${unbatched ? '(source length)' : '(batch, source length)'}`,
        mask,
      );
};

/** `[1, 1, length, source]`: forbids later positions, counted from the start of both. */
const causal = ({ length, source }: AttentionSizes): tf.Tensor => {
  const query = tf.reshape(tf.range(0, length), [length, 1]);
  // On wasm a comparison that broadcasts takes tens of times as long as a difference, and one with a number.
  const later = tf.greater(tf.sub(tf.reshape(tf.range(0, source), [1, source]), query), 0);
  return tf.reshape(asFloat('isCausal', later), [1, 1, length, source]);
};

const padded = (mask: tf.Tensor, extra: number): tf.Tensor =>
  extra === 0
    ? mask
    : tf.pad(mask, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, extra],
      ]);

/** `[..., length, 1]`: 1 in rows that allow anything. Comparisons have no gradient in tfjs, not even zeros. */
const openRows = (mask: tf.Tensor): tf.Tensor =>
  customGrad((x: tf.Tensor) => ({
    value: tf.cast(tf.any(tf.greater(x, Number.NEGATIVE_INFINITY), -1, true), 'float32'),
    gradient: () => tf.zerosLike(mask),
  }))(mask);

/**
 * All masks of an attention as one additive mask, or `null` without any. Fully masked rows are opened and marked,
 * since their softmax would be NaN.
 *
 * @throws Error naming PyTorch's rule for a mask of another shape or type
 * @example
 * attentionMask({ isCausal: true }, sizes)?.added; // [1, 1, length, source]
 */
export const attentionMask = (masks: AttentionMasks, sizes: AttentionSizes): AdditiveMask | null => {
  const { attnMask, keyPaddingMask, isCausal = false } = masks;
  if (typeof isCausal !== 'boolean')
    invalidArgument('multiheadAttention: isCausal', 'true or false', isCausal);
  const given = [
    ...(attnMask === undefined ? (isCausal ? [causal(sizes)] : []) : [checkedAttnMask(attnMask, sizes)]),
    ...(keyPaddingMask === undefined ? [] : [checkedKeyPaddingMask(keyPaddingMask, sizes)]),
  ];
  if (given.length === 0) return null;
  const together = given.reduce((a, b) => tf.add(a, b));
  const neverShut = sizes.extra > 0 || (attnMask === undefined && keyPaddingMask === undefined);
  if (neverShut) return { added: padded(together, sizes.extra), open: null };
  const open = openRows(together);
  return { added: tf.where(tf.cast(open, 'bool'), together, tf.zerosLike(together)), open };
};
