import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNumbers } from '../../support/numbers.ts';
import { images, run } from './convolutionCases.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

type Shape4 = [number, number, number, number];
const depthwiseInfo = (
  input: Shape4,
  filter: Shape4,
  strides: [number, number] | 1,
  dilations: [number, number] | 1,
  pad: 'same',
) => {
  // tfjs takes one number as the padding of a square filter, ours that of any.
  const sides =
    typeof pad === 'number'
      ? [
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ]
      : pad;
  return tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations,
    sides as 'same',
    undefined,
    true,
  );
};

describe('gradients of depthwise convolutions on wasm', () => {
  // With as many channels as are a whole vector and more, and one filter each or several.
  const depthwise = images.map(({ size, channels, filters, ...rest }) => ({
    ...rest,
    inputShape: [rest.batch, size[0] + 6, size[1] + 6, 2 * channels] as Shape4,
    filterShape: [...rest.taps, 2 * channels, Math.ceil(filters / 4)] as Shape4,
  }));

  test('are those of the cpu backend', async () => {
    await fc.assert(
      fc.asyncProperty(depthwise, ({ inputShape, filterShape, strides, pad, seed }) => {
        const { outShape } = depthwiseInfo(inputShape, filterShape, strides, 1, pad as 'same');
        const attrs = { strides, dilations: [1, 1], pad, inputShape, filterShape };
        return sameOnBoth(() => {
          const [x, filter, dy] = [
            random(seed, inputShape),
            random(seed + 1, filterShape),
            random(seed + 2, outShape),
          ];
          return [
            run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs),
            run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs),
          ];
        });
      }),
      { numRuns: 150 },
    );
  });

  // The cpu kernels forget dilations. But the convolution is linear in both factors, so that each times its gradient
  // sums to the result times dy.
  test('are, of dilated ones, the adjoint of the convolution', async () => {
    await fc.assert(
      fc.asyncProperty(depthwise, async ({ inputShape, filterShape, strides: dilations, pad, seed }) => {
        const { outShape } = depthwiseInfo(inputShape, filterShape, 1, dilations, pad as 'same');
        const attrs = { strides: [1, 1], dilations, pad, inputShape, filterShape };
        const draw = () => ({
          x: random(seed, inputShape) as tf.Tensor4D,
          filter: random(seed + 1, filterShape) as tf.Tensor4D,
          dy: random(seed + 2, outShape),
        });
        const sum = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;
        await tf.setBackend('cpu');
        const wanted = tf.tidy(() => {
          const { x, filter, dy } = draw();
          return sum(tf.depthwiseConv2d(x, filter, 1, pad as 'same', 'NHWC', dilations), dy);
        });
        await tf.setBackend('wasm');
        const got = tf.tidy(() => {
          const { x, filter, dy } = draw();
          return [
            sum(run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs), filter),
            sum(run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs), x),
          ];
        });
        expectNumbers(got, [wanted, wanted], 1e-4);
      }),
      { numRuns: 150 },
    );
  });
});
