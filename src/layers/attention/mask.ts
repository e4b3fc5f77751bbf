import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../../check/index.ts';
import { customGrad } from '../../ops/customGrad.ts';
import { isTensor } from '../../tree/index.ts';

/**
 * What may not attend to what. A boolean mask is `true` where attention is *not* allowed, as in PyTorch; a float
 * mask is added to the scores, `-Infinity` to forbid. Where all is forbidden to a position, its weights are 0.
 */
export interface AttentionMasks {
  /** `[length, source]`, or one for each head, `[batch * numHeads, length, source]`. */
  readonly attnMask?: tf.Tensor | undefined;
  /** Which of the keys are padding: `[batch, source]`, or `[source]` where there is no batch. */
  readonly keyPaddingMask?: tf.Tensor | undefined;
  /**
   * Lets each position attend to itself and to those before. With an `attnMask` it only says that this is such
   * a mask, and the mask is what counts, as in PyTorch.
   */
  readonly isCausal?: boolean | undefined;
}

/** The sizes of one attention, whose input has a batch axis or has been given one. */
export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly source: number;
  /** Keys that are appended to those of the source, which no mask forbids. */
  readonly extra: number;
  readonly unbatched: boolean;
}

/** A mask as it is added to scores `[batch, heads, length, source + extra]`, axes of size 1 repeated. */
export interface AdditiveMask {
  readonly added: tf.Tensor;
  /** `[..., length, 1]`: 1 where a position may attend to something, else 0; `null` if that is everywhere. */
  readonly open: tf.Tensor | null;
}

const asFloat = (argument: string, mask: tf.Tensor): tf.Tensor => {
  if (mask.dtype === 'bool') return tf.where(mask, Number.NEGATIVE_INFINITY, 0);
  return mask.dtype === 'float32'
    ? mask
    : invalidArgument(argument, 'a bool tensor (true: may not attend) or a float32 one', mask);
};

const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const attnMaskOf = (mask: unknown, { batch, heads, length, source }: AttentionSizes): tf.Tensor => {
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

const paddingOf = (mask: unknown, { batch, source, unbatched }: AttentionSizes): tf.Tensor => {
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

/** `[1, 1, length, source]`: nothing after a position, counted from the first of both. */
const causal = ({ length, source }: AttentionSizes): tf.Tensor => {
  const query = tf.reshape(tf.range(0, length, 1, 'int32'), [length, 1]);
  const later = tf.less(query, tf.reshape(tf.range(0, source, 1, 'int32'), [1, source]));
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

/** `[..., length, 1]`: 1 in rows that allow anything. A comparison has no gradient in tfjs, not even one of zeros. */
const openRows = (mask: tf.Tensor): tf.Tensor =>
  customGrad((x: tf.Tensor) => ({
    value: tf.cast(tf.any(tf.greater(x, Number.NEGATIVE_INFINITY), -1, true), 'float32'),
    gradient: () => tf.zerosLike(mask),
  }))(mask);

/**
 * All masks of an attention as one that is added, or `null` where there is none. Rows that forbid everything are
 * opened and marked, since their softmax would be NaN.
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
    ...(attnMask === undefined ? (isCausal ? [causal(sizes)] : []) : [attnMaskOf(attnMask, sizes)]),
    ...(keyPaddingMask === undefined ? [] : [paddingOf(keyPaddingMask, sizes)]),
  ];
  if (given.length === 0) return null;
  const together = given.reduce((a, b) => tf.add(a, b));
  const neverShut = sizes.extra > 0 || (attnMask === undefined && keyPaddingMask === undefined);
  if (neverShut) return { added: padded(together, sizes.extra), open: null };
  const open = openRows(together);
  return { added: tf.where(tf.cast(open, 'bool'), together, tf.zerosLike(together)), open };
};
