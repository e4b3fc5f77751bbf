import * as tf from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { BatchingRule } from '../rule.ts';
import { merging } from './merging.ts';
import { moveAxis, operand, rulesFor } from './operands.ts';

/**
 * One convolution for all samples: of one long batch where they share the filter, with the channels of all
 * their filters where they share the input. Where they share neither there is one for each sample.
 */
const conv2d: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const filter = operand(call, 'filter');
  if (x.batched || !filter.batched || call.attrs.dataFormat === 'NCHW') return merging('x')(call);
  const [height, width, channels, filters] = filter.shape;
  const wide = tf.reshape(moveAxis(filter.tensor, 0, 3), [height!, width!, channels!, call.size * filters!]);
  const result = call.run({ x: x.tensor, filter: wide }, call.attrs) as tf.Tensor;
  return moveAxis(tf.reshape(result, [...result.shape.slice(0, 3), call.size, filters!]), 3, 0);
};

/** Rules of convolutions and their gradients. */
export const convolutions: Readonly<Record<string, BatchingRule>> = {
  [tf.Conv2D]: conv2d,
  ...rulesFor([tf.DepthwiseConv2dNative, tf.Conv3D, tf.Dilation2D], merging('x')),
  ...rulesFor(
    [tf.Conv2DBackpropInput, tf.DepthwiseConv2dNativeBackpropInput, tf.Conv3DBackpropInputV2],
    merging('dy'),
  ),
  // A filter's gradient sums over the batch, so samples cannot be merged into it.
  ...rulesFor(
    [tf.Conv2DBackpropFilter, tf.DepthwiseConv2dNativeBackpropFilter, tf.Conv3DBackpropFilterV2],
    perSample,
  ),
};
