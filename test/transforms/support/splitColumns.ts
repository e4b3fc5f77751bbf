import * as tf from '@tensorflow/tfjs-core';

/** Column by column of `[draws, ...]`: all draws of one element after another. */
export const splitColumns = (draws: tf.Tensor): readonly (readonly number[])[] =>
  tf.tidy(() => tf.transpose(tf.reshape(draws, [draws.shape[0]!, -1])).arraySync() as number[][]);
