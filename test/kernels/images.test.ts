import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const counted = (shape: [number, number, number, number]): tf.Tensor4D =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, at) => Math.sin(1.3 * at)),
    shape,
  );

describeOnBackends('images', (backend) => {
  it.skipIf(!kernels)('transform moves every image of a batch, by its own transform or one for all', () => {
    const shift = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 }));
    const drawn = fc.record({
      shifts: fc.array(shift, { minLength: 1, maxLength: 3 }),
      height: fc.integer({ min: 1, max: 3 }),
      isShared: fc.boolean(),
    });
    fc.assert(
      fc.property(drawn, ({ shifts, height, isShared }) =>
        tf.tidy(() => {
          const images = counted([shifts.length, height, 3, 2]);
          const own = shifts.map((_, at) => shifts[isShared ? 0 : at]!);
          const rows = (isShared ? own.slice(0, 1) : own).map(([x, y]) => [1, 0, x, 0, 1, y, 0, 0]);
          const moved = tf.image.transform(images, tf.tensor2d(rows), 'nearest', 'constant', 7);
          const numbers = images.arraySync();
          const expected = numbers.map((image, at) =>
            image.map((line, y) => line.map((_, x) => image[y + own[at]![1]]?.[x + own[at]![0]] ?? [7, 7])),
          );
          expect(moved.shape).toEqual(images.shape);
          expectNumbers(values(moved), expected.flat(3), 1e-6);
        }),
      ),
      { numRuns: runs(40) },
    );
    const [images, one] = [counted([2, 3, 3, 1]), tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]])];
    const buffers = tf.engine().state.numDataBuffers;
    const ids = tf.backend().numDataIds();
    expectNoLeak(() => tf.image.transform(images, one));
    expect([tf.engine().state.numDataBuffers, tf.backend().numDataIds()]).toEqual([buffers, ids]);
    tf.dispose([images, one]);
  });

  it.skipIf(!kernels)('depthwiseConv2d has channels first on webgpu, and else throws', () => {
    tf.tidy(() => {
      const [images, filter] = [counted([1, 3, 4, 2]), counted([2, 2, 2, 2])];
      const first = tf.transpose(images, [0, 3, 1, 2]) as tf.Tensor4D;
      const convolved = () => tf.depthwiseConv2d(first, filter, 1, 'valid', 'NCHW');
      if (backend !== 'webgpu') expect(convolved).toThrow(/dataFormat must be 'NHWC' on this backend/);
      else
        expectNumbers(
          values(tf.transpose(convolved(), [0, 2, 3, 1])),
          values(tf.depthwiseConv2d(images, filter, 1, 'valid')),
          1e-5,
        );
    });
  });
});
