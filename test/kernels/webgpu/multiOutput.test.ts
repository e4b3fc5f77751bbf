import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { multiOutput } from '../../../src/kernels/webgpu/multiOutput.ts';
import { eachNumber } from '../../../src/kernels/webgpu/program.ts';
import type { WebgpuBackend } from '../../../src/kernels/webgpu/webgpuBackend.ts';
import { describeOnWebgpu, device } from './support.ts';

const backend = () => tf.backend() as unknown as WebgpuBackend;

const read = async (info: tf.TensorInfo): Promise<readonly number[]> => {
  const x = tf.engine().makeTensorFromTensorInfo(info);
  const values = [...(await x.data())];
  x.dispose();
  return values;
};

/** The sums and the differences of two rows, and how many numbers there were before each. */
const program = (a: tf.Tensor, b: tf.Tensor) =>
  multiOutput(backend(), { differences: a.shape, places: [2, a.size / 2] }, (more) =>
    eachNumber(backend(), {
      name: 'sums, differences and places',
      inputs: { a, b, ...more },
      shape: a.shape,
      body: `
setOutputAtIndex(index, a[index] + b[index]);
differences[index] = a[index] - b[index];
places[index] = f32(index);`,
    }),
  );

describeOnWebgpu('a program of several results', () => {
  test('writes all of them, each of its own shape', async () => {
    const [a, b] = [tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([10, 20, 30, 40])];
    for (const _ of ['compiled', 'compiled before']) {
      const { result, differences, places } = program(a, b);
      expect([result.shape, differences.shape, places.shape]).toEqual([[4], [4], [2, 2]]);
      expect(await read(result)).toEqual([11, 22, 33, 44]);
      expect(await read(differences)).toEqual([-9, -18, -27, -36]);
      expect(await read(places)).toEqual([0, 1, 2, 3]);
    }
    tf.dispose([a, b]);
  });

  test('may be empty', async () => {
    const nothing = tf.zeros([0, 3]);
    const { result, differences, places } = program(nothing, nothing);
    for (const each of [result, differences, places]) expect(await read(each)).toEqual([]);
    nothing.dispose();
  });

  test('leaks nothing when it fails, and leaves the device unchanged', () => {
    const held = tf.backend().numDataIds();
    const { createShaderModule } = device();
    const fail = () => {
      throw new Error('no such program');
    };
    expect(() => multiOutput(backend(), { one: [3], other: [4] }, fail)).toThrow('no such program');
    expect(tf.backend().numDataIds()).toBe(held);
    expect(device().createShaderModule).toBe(createShaderModule);
    expect(Object.hasOwn(device(), 'createShaderModule')).toBe(false);
  });
});
