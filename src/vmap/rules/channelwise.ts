import * as tf from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { BatchingRule } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { joined, merging } from './merging.ts';
import { batched, merge, moveAxis, operand, rulesFor, unmerge } from './operands.ts';

/** `[samples, ..., channels]` to `[..., samples * channels]`. */
const fold = (x: tf.Tensor): tf.Tensor => {
  const last = x.rank - 1;
  return tf.reshape(moveAxis(x, 0, last - 1), [...x.shape.slice(1, last), x.shape[0]! * x.shape[last]!]);
};

/** The inverse of `fold`. */
const unfold = (x: tf.Tensor, size: number): tf.Tensor => {
  const last = x.rank - 1;
  return moveAxis(tf.reshape(x, [...x.shape.slice(0, last), size, x.shape[last]! / size]), last, 0);
};

/**
 * For kernels that treat channels one by one: concatenates the channels of all samples in the named inputs, if all
 * samples share the other inputs.
 */
const amongChannels =
  (...names: readonly string[]): BatchingRule =>
  (call) => {
    const output = joined(call, names, fold, call.attrs);
    if (output === undefined) return perSample(call);
    return unfold(output as tf.Tensor, call.size);
  };

/** With a shared filter the samples join the batch, so that nothing is repeated. */
const dilation: BatchingRule = (call) =>
  (operand(call, 'filter').batched ? amongChannels('x', 'filter') : merging('x'))(call);

/** Each sample has its own transforms: one batch, except on cpu, whose kernel is right only for the first image. */
const transform: BatchingRule = (call) => {
  const image = operand(call, 'image');
  const transforms = operand(call, 'transforms');
  if (!transforms.batched) return amongChannels('image')(call);
  if (tf.getBackend() === 'cpu') return perSample(call);
  const each = broadcastTo(transforms.tensor, [call.size, image.shape[0]!, 8]);
  const result = call.run({ image: merge(batched(image, call.size)), transforms: merge(each) }, call.attrs);
  return unmerge(result as tf.Tensor, call.size);
};

/**
 * Rules for kernels that treat channels one by one. tfjs's cpu kernels of `Transform` and of the gradient of
 * `ResizeNearestNeighbor` are right only for the first image of a batch, so samples cannot be images of one batch.
 */
export const channelwise: Readonly<Record<string, BatchingRule>> = {
  [tf.Transform]: transform,
  [tf.Dilation2D]: dilation,
  [tf.ResizeNearestNeighbor]: amongChannels('images'),
  [tf.ResizeNearestNeighborGrad]: amongChannels('images', 'dy'),
  ...rulesFor([tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter], amongChannels('x', 'filter', 'dy')),
};
