import * as tf from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { BatchingRule } from '../rule.ts';
import { merging } from './merging.ts';
import { rulesFor } from './operands.ts';

const maxPoolWithArgmax: BatchingRule = (call) =>
  (call.attrs.includeBatchInIndex ? perSample : merging('x'))(call);

/** Rules of pooling, resizing, and other kernels that treat the items of a batch one by one. */
export const batchwise: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor([tf.MaxPool, tf.AvgPool, tf.MaxPool3D, tf.AvgPool3D, tf.LRN, tf.DepthToSpace], merging('x')),
  ...rulesFor([tf.MaxPoolGrad, tf.MaxPool3DGrad], merging('dy', 'input', 'output')),
  ...rulesFor([tf.AvgPoolGrad, tf.AvgPool3DGrad], merging('dy', 'input')),
  ...rulesFor([tf.ResizeBilinear, tf.ResizeNearestNeighbor], merging('images')),
  ...rulesFor([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad], merging('images', 'dy')),
  ...rulesFor([tf.FlipLeftRight, tf.RotateWithOffset], merging('image')),
  ...rulesFor([tf.FFT, tf.IFFT], merging('input')),
  [tf.LRNGrad]: merging('x', 'y', 'dy'),
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmax,
  [tf.Multinomial]: merging('logits'),
  [tf.SearchSorted]: merging('sortedSequence', 'values'),
};
