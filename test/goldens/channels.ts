import * as tf from '@tensorflow/tfjs-core';

/** `[batch, ...sizes, channels]` as PyTorch has it, `[batch, channels, ...sizes]`; with `leading` axes, as they are. */
export const channelsFirst = (x: tf.Tensor, leading = 1): tf.Tensor => {
  const axes = x.shape.map((_, axis) => axis);
  return x.rank - leading < 2
    ? x
    : tf.transpose(x, [...axes.slice(0, leading), x.rank - 1, ...axes.slice(leading, -1)]);
};

/** The inverse of `channelsFirst`. */
export const channelsLast = (x: tf.Tensor, leading = 1): tf.Tensor => {
  const axes = x.shape.map((_, axis) => axis);
  return x.rank - leading < 2
    ? x
    : tf.transpose(x, [...axes.slice(0, leading), ...axes.slice(leading + 1), leading]);
};

/** A recorded input for a network that convolves along so many axes (0: it does not). */
export const inputFromTorch = (x: tf.Tensor, axes: number): tf.Tensor =>
  axes === 0 ? x : channelsLast(x, x.rank - axes - 1);

/** The outputs of all samples for such inputs, `[samples, ...]`, as they are recorded. */
export const outputToTorch = (
  y: tf.Tensor,
  inputs: Readonly<Record<string, tf.Tensor>>,
  axes: number,
): tf.Tensor => {
  const [x] = Object.values(inputs);
  return axes > 0 && y.rank === (x?.rank ?? 0) + 1 ? channelsFirst(y, y.rank - axes - 1) : y;
};
