import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { describeOnWebgpu, expectAsOnCpu, made } from './support.ts';

type Run = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;

const conv2d =
  (strides: [number, number], pad: 'same' | 'valid' | number): Run =>
  (x, w) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);

const depthwise =
  (strides: [number, number], pad: 'same' | 'valid'): Run =>
  (x, w) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);

const conv3d =
  (strides: [number, number, number], pad: 'same' | 'valid'): Run =>
  (x, w) =>
    tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad);

describeOnWebgpu('gradients of convolutions by their filters on webgpu', () => {
  test.each<[name: string, run: Run, x: number[], w: number[]]>([
    ['conv2d', conv2d([1, 1], 'same'), [2, 17, 20, 3], [3, 3, 3, 5]],
    ['conv2d, strides', conv2d([2, 1], 'valid'), [3, 21, 19, 2], [3, 2, 2, 4]],
    ['conv2d, numbers as padding', conv2d([1, 1], 2), [2, 15, 15, 1], [5, 5, 1, 2]],
    ['depthwiseConv2d', depthwise([2, 2], 'same'), [4, 20, 23, 3], [3, 2, 3, 2]],
    ['depthwiseConv2d, one filter a channel', depthwise([1, 1], 'valid'), [2, 19, 22, 2], [3, 3, 2, 1]],
    ['conv3d', conv3d([1, 2, 1], 'same'), [2, 6, 11, 9, 2], [2, 3, 3, 2, 3]],
  ])('%s', async (_, run, x, w) => {
    await expectAsOnCpu(
      () => [
        tf.grads((image: tf.Tensor, filter: tf.Tensor) => tf.mul(run(image, filter), 0.5))([
          made(x, 1),
          made(w, 2),
        ])[1]!,
      ],
      1e-5,
    );
  });
});
