import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { describeOnWebgpu, device, expectSame, on } from './support.ts';

/** A chain of sums and products with numbers and short rows, of which each takes buffers that those before it left. */
const chain = (): tf.Tensor[] =>
  [1, 3, 4096, 4097].map((size) => {
    const row = Float32Array.from({ length: size }, (_, i) => i % 10);
    // What tfjs fills a tensor with is on the device, and all that is made of it.
    return Array.from({ length: 60 }, (_, i) => i).reduce<tf.Tensor>(
      (x, i) => tf.tidy(() => tf.sub(tf.add(tf.mul(x, 0.5), tf.tensor1d([i % 7])), tf.tensor1d(row))),
      tf.fill([size], 1),
    );
  });

describeOnWebgpu('small tensors', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('arrive at the device complete, whatever their buffers held before', async () => {
    expectSame(await on('webgpu', chain), await on('cpu', chain), 0);
  });

  test('of every type do', async () => {
    const f = () => {
      const whole = tf.tensor1d([1, -2, 3], 'int32');
      const truth = tf.tensor1d([true, false, true], 'bool');
      return [
        tf.cast(tf.add(tf.fill([3], 1, 'int32'), whole), 'float32'),
        tf.where(truth, tf.fill([3], 1), tf.tensor1d([4, 5, 6])),
      ];
    };
    expectSame(await on('webgpu', f), await on('cpu', f), 0);
  });

  test('need no mapped buffer, and reuse their buffers', async () => {
    const x = tf.fill([3], 1);
    const step = (): void => tf.tidy(() => void tf.add(tf.mul(x, 2), 3));
    // A buffer is free once the commands that use it have been handed over.
    const handedOver = async (): Promise<void> => {
      step();
      await tf.tidy(() => tf.add(x, 0)).data();
    };
    // Stores fill as long as some steps were handed over together.
    await handedOver();
    await handedOver();
    const made = vi.spyOn(device(), 'createBuffer');
    await handedOver();
    const written = made.mock.calls.filter(([{ mappedAtCreation }]) => mappedAtCreation);
    expect(written).toEqual([]);
    useKernels(false);
    await handedOver();
    expect(made.mock.calls.some(([{ mappedAtCreation }]) => mappedAtCreation)).toBe(true);
    x.dispose();
  });
});
