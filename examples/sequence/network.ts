import * as tf from '@tensorflow/tfjs-core';
import { embedding, layer, linear, transformerEncoder, transformerEncoderLayer } from 'tfjs-bayesian';
import { PADDING, TOKENS } from './data.ts';

/** The sizes of the network. */
export interface Sizes {
  readonly width: number;
  readonly dModel: number;
  readonly nhead: number;
  readonly dimFeedforward: number;
  readonly layers: number;
}

/** 1 where there is a token, 0 after the end. */
const presence = (tokens: tf.Tensor): tf.Tensor =>
  tf.cast(tf.notEqual(tokens, tf.scalar(PADDING, 'int32')), 'float32');

/** The number of tokens before and after each position, int32 `[batch, width]` each. */
const positions = (present: tf.Tensor): readonly [before: tf.Tensor, behind: tf.Tensor] => {
  const counted = (reverse: boolean) =>
    tf.cast(tf.mul(tf.cumsum(present, 1, true, reverse), present), 'int32');
  return [counted(false), counted(true)];
};

/**
 * A transformer encoder that predicts the token for each position: int32 tokens `[batch, width]` to logits
 * `[batch, width, tokens]`. A position is given by its distances from the start and from the end.
 */
export const network = ({ width, dModel, nhead, dimFeedforward, layers }: Sizes) =>
  layer(
    {
      token: embedding(TOKENS, dModel),
      before: embedding(width, dModel),
      behind: embedding(width, dModel),
      encoder: transformerEncoder(
        transformerEncoderLayer(dModel, nhead, { dimFeedforward, normFirst: true, rescalePrior: false }),
        layers,
      ),
      out: linear(dModel, TOKENS),
    },
    ({ token, before, behind, encoder, out }) =>
      (tokens: tf.Tensor): tf.Tensor => {
        const present = presence(tokens);
        const [first, last] = positions(present);
        const places = tf.add(before(first), behind(last));
        const padding = tf.cast(tf.sub(1, present), 'bool');
        return out(encoder(tf.add(token(tokens), places), { srcKeyPaddingMask: padding }));
      },
  );
