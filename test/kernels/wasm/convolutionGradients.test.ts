import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { images, run } from './convolutionCases.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

describe('gradients of convolutions on wasm', () => {
  test('of two axes are those of the cpu backend, over odd sizes, strides and paddings', async () => {
    await fc.assert(
      fc.asyncProperty(images, ({ batch, size, taps, channels, filters, strides, pad, seed }) => {
        const inputShape = [batch, ...size, channels] as [number, number, number, number];
        const filterShape = [...taps, channels, filters] as [number, number, number, number];
        const { outShape } = tf.backend_util.computeConv2DInfo(
          inputShape,
          filterShape,
          strides,
          1,
          pad as 'same',
        );
        const attrs = { strides, pad, dataFormat: 'NHWC', inputShape, filterShape };
        return sameOnBoth(() => {
          const [x, filter, dy] = [
            random(seed, inputShape),
            random(seed + 1, filterShape),
            random(seed + 2, outShape),
          ];
          return [
            run('Conv2DBackpropFilter', { x, dy }, attrs),
            run('Conv2DBackpropInput', { dy, filter }, attrs),
          ];
        });
      }),
      { numRuns: 200 },
    );
  });

  test('with more patches than fit into scratch at once equal those of the cpu backend', async () => {
    const attrs = {
      strides: 1,
      pad: 'same',
      dataFormat: 'NHWC',
      inputShape: [2, 61, 59, 8],
      filterShape: [3, 3, 8, 2],
    };
    await sameOnBoth(() => {
      const [x, filter, dy] = [random(1, [2, 61, 59, 8]), random(2, [3, 3, 8, 2]), random(3, [2, 61, 59, 2])];
      return [
        run('Conv2DBackpropFilter', { x, dy }, attrs),
        run('Conv2DBackpropInput', { dy, filter }, attrs),
      ];
    });
  });

  test('of three axes are those of the cpu backend', async () => {
    const small = fc.integer({ min: 1, max: 3 });
    const three = fc.tuple(small, small, small);
    const volumes = fc.record({
      batch: fc.nat(2),
      size: fc.tuple(small, small, small).map((size) => size.map((n) => n + 2)),
      taps: three,
      channels: small,
      filters: small,
      strides: three,
      pad: fc.constantFrom('same' as const, 'valid' as const),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(volumes, ({ batch, size, taps, channels, filters, strides, pad, seed }) => {
        const inputShape = [batch, ...size, channels] as [number, number, number, number, number];
        const filterShape = [...taps, channels, filters] as [number, number, number, number, number];
        const { outShape } = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
        const attrs = { strides, pad, inputShape, filterShape };
        return sameOnBoth(() => {
          const [x, filter, dy] = [
            random(seed, inputShape),
            random(seed + 1, filterShape),
            random(seed + 2, outShape),
          ];
          return [
            run('Conv3DBackpropFilterV2', { x, dy }, attrs),
            run('Conv3DBackpropInputV2', { dy, filter }, attrs),
          ];
        });
      }),
      { numRuns: 100 },
    );
  });

  test('pass NaN and infinities only to their own weights and pixels', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor4d([1, Number.NaN, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
      const dy = tf.tensor4d([1, 1, 1, Number.POSITIVE_INFINITY], [1, 2, 2, 1]);
      const attrs = {
        strides: 1,
        pad: 'valid',
        dataFormat: 'NHWC',
        inputShape: x.shape,
        filterShape: [2, 2, 1, 1],
      };
      const finite = (values: tf.Tensor) => [...values.dataSync()].map((value) => Number.isFinite(value));
      const byFilter = run('Conv2DBackpropFilter', { x, dy: tf.ones([1, 2, 2, 1]) }, attrs);
      expect(finite(byFilter)).toEqual([false, false, true, true]);
      const byInput = run('Conv2DBackpropInput', { dy, filter: tf.ones([2, 2, 1, 1]) }, attrs);
      expect(finite(byInput)).toEqual([true, true, true, true, false, false, true, false, false]);
    });
  });

  test('leave their result and no other tensor or data', async () => {
    await tf.setBackend('wasm');
    const [x, filter, dy] = [tf.ones([1, 4, 4, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 4, 4, 2])];
    const attrs = {
      strides: 1,
      dilations: 1,
      pad: 'same',
      inputShape: x.shape,
      filterShape: filter.shape,
    };
    const data = () => tf.engine().backend.numDataIds();
    const before = data();
    expectNoLeak(() => [
      run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs),
      run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs),
      run('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: [2, 2, 2, 2] }),
    ]);
    expect(data()).toBe(before);
    tf.dispose([x, filter, dy]);
  });

  test('refuse a batch that does not fit', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [2, 2, 1, 1] };
      const [x, dy] = [tf.ones([2, 3, 3, 1]), tf.ones([1, 3, 3, 1])];
      expect(() => run('Conv2DBackpropFilter', { x, dy }, attrs)).toThrow(
        /dy must have 2 items, got shape \[1,3,3,1\]/,
      );
    });
  });
});

describe('gradients of plain tf code on wasm', () => {
  const squares =
    (f: (...args: tf.Tensor[]) => tf.Tensor) =>
    (...args: tf.Tensor[]) =>
      tf.sum(tf.square(f(...args)));

  test('are those of the cpu backend for conv2d, depthwiseConv2d, conv3d and gather', async () => {
    await sameOnBoth(() => [
      ...tf.grads(squares((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same')))([
        random(1, [2, 7, 6, 3]),
        random(2, [3, 3, 3, 5]),
      ]),
      ...tf.grads(
        squares((x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid')),
      )([random(3, [2, 7, 6, 3]), random(4, [3, 2, 3, 2])]),
      ...tf.grads(squares((x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, 'same')))([
        random(5, [2, 4, 5, 3, 2]),
        random(6, [2, 3, 2, 2, 3]),
      ]),
      tf.grad(squares((x) => tf.gather(x, tf.tensor1d([0, 2, 2, 1], 'int32'), 1)))(random(7, [2, 4, 3])),
    ]);
  });
});
