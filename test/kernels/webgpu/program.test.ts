import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { eachGroup, eachNumber, integers, workgroupSize } from '../../../src/kernels/webgpu/program.ts';
import type { WebgpuBackend } from '../../../src/kernels/webgpu/webgpuBackend.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

const backend = () => tf.backend() as unknown as WebgpuBackend;

const read = async (info: tf.TensorInfo): Promise<Float32Array> => {
  const x = tf.engine().makeTensorFromTensorInfo(info);
  const values = (await x.data()) as Float32Array;
  x.dispose();
  return values;
};

// An axis has 65535 groups of threads.
const many = 65_535 + 3;

describeOnWebgpu('a program', () => {
  test('of numbers has one per element, whatever the shapes of its inputs', async () => {
    const x = tf.tensor3d(
      Array.from({ length: 24 }, (_, i) => i),
      [2, 3, 4],
    );
    const info = eachNumber(backend(), {
      name: 'twice',
      inputs: { x },
      uniforms: integers({ factor: 2 }),
      shape: [4, 6],
      body: 'setOutputAtIndex(index, x[index] * f32(uniforms.factor));',
    });
    expect(info).toMatchObject({ shape: [4, 6], dtype: 'float32' });
    expect([...(await read(info))]).toEqual(Array.from({ length: 24 }, (_, i) => 2 * i));
    x.dispose();
  });

  test('takes integers that were cast to float32', async () => {
    const f = () => {
      const x = tf.cast(tf.tensor2d([1, 0, 2, 1, 3, 0], [3, 2], 'int32'), 'float32');
      return [tf.tanh(x), tf.sum(x, 0), tf.mean(tf.cast(tf.greater(x, 0), 'float32'), 1)];
    };
    expectSame(await on('webgpu', f), await on('cpu', f), 1e-6);
  });

  test.each([1, 5, many])('of %i groups has all of them, each with all its threads', async (groups) => {
    const info = eachGroup(backend(), groups, {
      name: 'places',
      inputs: {},
      shape: [groups, workgroupSize],
      body: 'if (group < uniforms.size / 64) { setOutputAtIndex(64 * group + place, f32(group % 1000 + place)); }',
    });
    const values = await read(info);
    const wrong = values.findIndex(
      (x, i) => x !== (Math.floor(i / workgroupSize) % 1000) + (i % workgroupSize),
    );
    expect([values.length, wrong]).toEqual([groups * workgroupSize, -1]);
  });

  test('is compiled once for different numbers', async () => {
    const { pipelineCache } = backend() as unknown as { readonly pipelineCache: object };
    const run = (times: number) =>
      eachNumber(backend(), {
        name: 'numbers',
        inputs: {},
        uniforms: integers({ times }),
        shape: [3],
        body: 'setOutputAtIndex(index, f32(index * uniforms.times));',
      });
    expect([...(await read(run(1)))]).toEqual([0, 1, 2]);
    const compiled = Object.keys(pipelineCache).length;
    expect([...(await read(run(7)))]).toEqual([0, 7, 14]);
    expect(Object.keys(pipelineCache)).toHaveLength(compiled);
  });
});
