import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { useBackend, useKernels } from '../../../src/backend/index.ts';

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (process.env.VK_DRIVER_FILES === undefined && existsSync(driver)) process.env.VK_DRIVER_FILES = driver;

const outcome = await useBackend('webgpu')();
if (E.isLeft(outcome)) console.warn(`webgpu: skipped, for ${outcome.left.message}`);

// All on the device: tfjs does some on the CPU as long as numbers are few and there.
if (E.isRight(outcome)) tf.env().set('WEBGPU_CPU_FORWARD', false);

const errors: string[] = [];

/** The device behind tfjs's backend. */
export const device = (): GPUDevice => (tf.backend() as unknown as { readonly device: GPUDevice }).device;

if (E.isRight(outcome))
  device().addEventListener('uncapturederror', ({ error }) => {
    errors.push(error.message);
  });

/** Runs a suite with webgpu as the backend, where there is an adapter. What the device refuses fails the test. */
export const describeOnWebgpu = (name: string, suite: () => void): void => {
  describe.skipIf(E.isLeft(outcome))(name, () => {
    beforeEach(async () => {
      await tf.setBackend('webgpu');
      useKernels(true);
    });
    afterEach(async () => {
      useKernels(true);
      await device().queue.onSubmittedWorkDone();
      expect(errors.splice(0)).toEqual([]);
    });
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

/** Expects of a function what it gives on cpu, to 1e-6. */
export const expectAsOnCpu = async (f: () => readonly tf.Tensor[]): Promise<void> => {
  expectSame(await on('webgpu', f), await on('cpu', f), 1e-6);
};
