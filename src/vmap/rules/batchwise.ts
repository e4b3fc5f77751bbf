import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from '../../ops/engine.ts';
import { avgPoolGradientKernel } from '../../ops/gradients/pooling.ts';
import { groupNormKernels } from '../../ops/groupNorm.ts';
import { labelLogProbKernels } from '../../ops/labelLogProbs.ts';
import { momentsKernels } from '../../ops/moments.ts';
import type { BatchingRule, KernelCall } from '../rule.ts';
import { merging } from './merging.ts';
import { batched, merge, operand, rulesFor, sizeFromShape, unmerge } from './operands.ts';
import { choose, isLess, isWithin, readIndices, starts, throughItems } from './ranges.ts';

/** Positions that count the images of a batch restart in every sample. */
const maxPoolWithArgmax: BatchingRule = (call) => {
  const [result, positions] = merging('x')(call) as readonly [tf.Tensor, tf.Tensor];
  if (!call.attrs.includeBatchInIndex) return [result, positions];
  const values = sizeFromShape(operand(call, 'x').shape);
  const before = tf.reshape(starts(call.size, values), [call.size, 1, 1, 1, 1]);
  return [result, tf.sub(positions, before)];
};

const isOutside = (numbers: ArrayLike<number>, images: number): boolean =>
  Array.from(numbers).some((number) => number < 0 || number >= images);

/** A crop of an image of NaN; beyond the edges it is still extrapolated. */
const nanCrop = (call: KernelCall, boxes: tf.Tensor): tf.Tensor => {
  const { shape } = operand(call, 'image');
  const image = tf.fill([1, ...shape.slice(1)], Number.NaN);
  const boxInd = tf.zeros(boxes.shape.slice(0, 1), 'int32');
  return call.run({ image, boxes, boxInd }, call.attrs) as tf.Tensor;
};

/** Concatenates the boxes of all samples, each with the index of its image among all images. */
const cropAndResize: BatchingRule = (call) => {
  const image = operand(call, 'image');
  const boxes = merge(batched(operand(call, 'boxes'), call.size));
  const given = operand(call, 'boxInd');
  const images = image.shape[0]!;
  const read = readIndices(given.tensor);
  const own = batched(given, call.size);
  // A box without an image is first cropped from image 0, and never from another sample's.
  const outside = read === undefined || isOutside(read, images);
  const valid = isWithin(own, images);
  const numbers = outside ? choose(valid, own, tf.zerosLike(own)) : own;
  const boxInd = merge(image.batched ? throughItems(numbers, images) : numbers);
  const result = call.run(
    { image: image.batched ? merge(image.tensor) : image.tensor, boxes, boxInd },
    call.attrs,
  ) as tf.Tensor;
  if (!outside) return unmerge(result, call.size);
  const each = (condition: tf.Tensor): tf.Tensor =>
    runKernel(tf.LogicalAnd, {
      a: tf.reshape(condition, [boxInd.size, 1, 1, 1]),
      b: tf.ones(result.shape, 'bool'),
    });
  const inside = choose(each(valid), result, tf.zerosLike(result));
  // Where TensorFlow.js can read the indices, it returns zeros past the last image and NaN before the first.
  const all = read === undefined ? inside : choose(each(isLess(own, 0)), nanCrop(call, boxes), inside);
  return unmerge(all, call.size);
};

/** Rules for pooling, resizing, and other kernels that treat the items of a batch one by one. */
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
  [groupNormKernels.forward]: merging('x', 'weight', 'bias'),
  [labelLogProbKernels.forward]: merging('logits', 'labels'),
  [labelLogProbKernels.gradient]: merging('dy', 'logits', 'labels', 'largest', 'logSum'),
  [avgPoolGradientKernel]: merging('dy'),
  [momentsKernels.forward]: merging('x'),
  [momentsKernels.gradient]: merging('dy', 'x', 'moments'),
  [groupNormKernels.gradient]: merging('dy', 'x', 'weight', 'mean', 'inverse'),
};
