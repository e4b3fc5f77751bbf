import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, expect, test, vi } from 'vitest';
import { type BackendName, startBackend, useBackend } from '../../../src/backend/index.ts';
import { hasRelaxedSimd } from '../../../src/kernels/wasm/hasRelaxedSimd.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Without WebGPU, as in an older browser. */
const withoutGpu = (): void => {
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }));
};

test.each<BackendName>(['cpu', 'wasm'])(
  'resolves to what the Right of useBackend holds: %s',
  async (name) => {
    const started = await startBackend(name);
    expect(started).toEqual({
      ...{ name, passedOver: [] },
      ...(name === 'wasm'
        ? { threads: expect.any(Number), simd: hasRelaxedSimd() ? 'relaxed' : 'plain' }
        : {}),
    });
    expect(tf.getBackend()).toBe(name);
    expect(await useBackend(name)()).toEqual(E.right(started));
  },
);

test('rejects with the message of the Left, which is the cause', async () => {
  withoutGpu();
  await startBackend('cpu');
  const left = await useBackend('webgpu')();
  expect(E.isLeft(left) && left.left.message).toBe('this browser does not support WebGPU, or it is disabled');
  const thrown: unknown = await startBackend('webgpu').catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  expect(thrown).toMatchObject(
    E.isLeft(left) ? { message: left.left.message, cause: left.left } : { message: 'no Left' },
  );
  expect(tf.getBackend()).toBe('cpu');
});

test("says why 'auto' did not take a better one", async () => {
  withoutGpu();
  const { name, passedOver } = await startBackend('auto');
  expect(name).toBe('wasm');
  expect(passedOver.map(({ _tag }) => _tag)).toEqual(['NoAdapter']);
});

test('hands options on', async () => {
  const options = { wasmPaths: '/nowhere/', dawn: ['adapter=none'] };
  expect(await startBackend('cpu', options)).toMatchObject({ name: 'cpu' });
});

test('rejects what is no backend, and options of the wrong kind, by its own name', async () => {
  const call = startBackend as (name: unknown, options?: unknown) => Promise<unknown>;
  await expect(call('gpu')).rejects.toThrow(
    "startBackend: name must be 'webgpu', 'wasm', 'cpu', 'auto', got 'gpu'",
  );
  await expect(call('wasm', { wasmPaths: 3 })).rejects.toThrow('startBackend: wasmPaths must be a folder');
  await expect(call('webgpu', { dawn: 'adapter=x' })).rejects.toThrow(
    'startBackend: dawn must be a list of flags',
  );
});
