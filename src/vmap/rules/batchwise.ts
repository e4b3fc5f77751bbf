import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule } from '../rule.ts';
import { merging } from './merging.ts';
import { batched, merge, operand, rulesFor, sizeOf, unmerge } from './operands.ts';

/** Positions that count the images of a batch begin anew in every sample. */
const maxPoolWithArgmax: BatchingRule = (call) => {
  const [result, positions] = merging('x')(call) as readonly [tf.Tensor, tf.Tensor];
  if (!call.attrs.includeBatchInIndex) return [result, positions];
  const values = sizeOf(operand(call, 'x').shape);
  const before = tf.mul(tf.range(0, call.size, 1, 'int32'), tf.scalar(values, 'int32'));
  return [result, tf.sub(positions, tf.reshape(before, [call.size, 1, 1, 1, 1]))];
};

/** The boxes of all samples in one list, each with the number of its image among all images. */
const cropAndResize: BatchingRule = (call) => {
  const image = operand(call, 'image');
  const boxes = merge(batched(operand(call, 'boxes'), call.size));
  const numbers = batched(operand(call, 'boxInd'), call.size);
  const images = image.shape[0]!;
  const first = tf.mul(tf.range(0, call.size, 1, 'int32'), tf.scalar(images, 'int32'));
  // A number that is out of range must not become that of another sample's image.
  const throughAll = (): tf.Tensor =>
    tf.where(
      tf.less(numbers, images),
      tf.add(numbers, tf.reshape(first, [call.size, 1])),
      tf.fill(numbers.shape, images * call.size, 'int32'),
    );
  const boxInd = tf.reshape(image.batched ? throughAll() : numbers, [-1]);
  const result = call.run(
    { image: image.batched ? merge(image.tensor) : image.tensor, boxes, boxInd },
    call.attrs,
  );
  return unmerge(result as tf.Tensor, call.size);
};

/** Rules of pooling, resizing, and other kernels that treat the items of a batch one by one. */
export const batchwise: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor([tf.MaxPool, tf.AvgPool, tf.MaxPool3D, tf.AvgPool3D, tf.LRN, tf.DepthToSpace], merging('x')),
  ...rulesFor([tf.MaxPoolGrad, tf.MaxPool3DGrad], merging('dy', 'input', 'output')),
  ...rulesFor([tf.AvgPoolGrad, tf.AvgPool3DGrad], merging('dy', 'input')),
  [tf.ResizeBilinear]: merging('images'),
  [tf.ResizeBilinearGrad]: merging('images', 'dy'),
  [tf.CropAndResize]: cropAndResize,
  ...rulesFor([tf.FlipLeftRight, tf.RotateWithOffset], merging('image')),
  [tf.LRNGrad]: merging('x', 'y', 'dy'),
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmax,
  [tf.SearchSorted]: merging('sortedSequence', 'values'),
};
