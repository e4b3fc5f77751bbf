import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';

// All on the device: tfjs does some on the CPU as long as numbers are few and there.
tf.env().set('WEBGPU_CPU_FORWARD', false);

/** The device behind tfjs's backend. */
export const device = (): GPUDevice => (tf.backend() as unknown as { readonly device: GPUDevice }).device;

/** Runs a suite with webgpu as the backend and our kernels on. */
export const describeOnWebgpu = (name: string, suite: () => void): void => {
  describe(name, () => {
    beforeEach(async () => {
      await tf.setBackend('webgpu');
      useKernels(true);
    });
    // Whatever a test did: other files run in the same process.
    afterEach(() => useKernels(true));
    suite();
  });
};

/** Shape and values of a tensor. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * What a function gives on a backend. It is read without waiting inside a function, which is not possible everywhere.
 * Kernels make data that no tensor holds: what is left of it, which `tf.memory()` would not count, fails the test.
 */
export const on = async (
  backend: string,
  f: () => readonly tf.Tensor[],
  kernels = true,
): Promise<readonly Numbers[]> => {
  await tf.setBackend(backend);
  useKernels(kernels);
  const held = tf.backend().numDataIds();
  const outputs = tf.tidy(() => [...f()]);
  const read = await Promise.all(
    outputs.map(async (x) => ({ shape: x.shape, values: (await x.data()) as Float32Array })),
  );
  tf.dispose(outputs);
  expect(tf.backend().numDataIds()).toBe(held);
  useKernels(true);
  await tf.setBackend('webgpu');
  return read;
};

/** Expects the same shapes and the same numbers, up to `tolerance` times the largest of each tensor, or times 1. */
export const expectSame = (got: readonly Numbers[], wanted: readonly Numbers[], tolerance: number): void => {
  expect(got.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
  got.forEach(({ values }, output) => {
    const expected = wanted[output]!.values;
    const scale = expected.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);
    expect(values.length).toBe(expected.length);
    const at = values.findIndex(
      (value, i) => !(Object.is(value, expected[i]) || Math.abs(value - expected[i]!) <= tolerance * scale),
    );
    expect(at === -1 ? 'the same' : `output ${output} at ${at}: ${values[at]}, not ${expected[at]}`).toBe(
      'the same',
    );
  });
};

/** Numbers between -1 and 1 that a GPU has made, so that what follows is done there as well. */
export const made = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.add(tf.randomUniform([...shape], -1, 1, 'float32', seed), 0);

/** Expects of a function what it gives on cpu, to 1e-6 if nothing else is said. */
export const expectAsOnCpu = async (f: () => readonly tf.Tensor[], tolerance = 1e-6): Promise<void> => {
  expectSame(await on('webgpu', f), await on('cpu', f), tolerance);
};
