import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useBackend } from '../../../src/backend/index.ts';

const factory = tf.findBackendFactory('webgpu');

/** As on a page that has just imported the backend, and started none. */
beforeEach(() => {
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', factory);
});
afterEach(() => tf.setBackend('webgpu'));

const sum = async (): Promise<readonly number[]> => {
  const x = tf.add([1, 2], 3);
  const values = [...(await x.data())];
  x.dispose();
  return values;
};

test("webgpu is the browser's own, and reports its adapter", async () => {
  const outcome = await useBackend('webgpu')();
  expect(outcome).toMatchObject(
    E.right({ name: 'webgpu', adapter: { software: true, architecture: 'swiftshader' }, passedOver: [] }),
  );
  expect(tf.getBackend()).toBe('webgpu');
  expect(await sum()).toEqual([4, 5]);
});

test('auto skips the software adapter, before and after its backend starts', async () => {
  const wasm = E.right({ name: 'wasm', passedOver: [{ _tag: 'SoftwareAdapter', backend: 'webgpu' }] });
  expect(await useBackend('auto')()).toMatchObject(wasm);
  expect(await sum()).toEqual([4, 5]);
  expect(E.isRight(await useBackend('webgpu')())).toBe(true);
  expect(await useBackend('auto')()).toMatchObject(wasm);
  expect(tf.getBackend()).toBe('wasm');
  expect(await sum()).toEqual([4, 5]);
});
