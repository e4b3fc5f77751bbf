import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type BackendName, useBackend, useKernels } from '../../../src/backend/index.ts';
import type { Adapter } from '../../../src/backend/startup/adapter.ts';
import { hasRelaxedSimd } from '../../../src/kernels/wasm/hasRelaxedSimd.ts';

/** A browser's `navigator.gpu`, or none. */
const withGpu = (requestAdapter?: () => Promise<Adapter | null>): void => {
  vi.stubGlobal('navigator', { ...(requestAdapter && { gpu: { requestAdapter } }) });
};

/** Takes Node's own name away, so that the program seems to run in a browser. */
const inBrowser = (): void => {
  vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }));
};

const hardware: Adapter = { info: { vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H200' } };
const swiftShader: Adapter = {
  info: { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader' },
};

/** Wasm in use, with a thread for each core, and with relaxed SIMD if this engine has it. */
const wasm = { name: 'wasm', threads: expect.any(Number), simd: hasRelaxedSimd() ? 'relaxed' : 'plain' };

const registered: string[] = [];
/** Registers a webgpu backend that does nothing. */
const registerWebgpu = (factory: () => tf.KernelBackend | Promise<tf.KernelBackend>): void => {
  tf.registerBackend('webgpu', factory);
  registered.push('webgpu');
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const name of registered.splice(0)) tf.removeBackend(name);
});

test('rejects unknown backends, and options of the wrong kind', () => {
  const call = useBackend as (name: unknown, options?: unknown) => unknown;
  expect(() => call('gpu')).toThrow("useBackend: name must be 'webgpu', 'wasm', 'cpu', 'auto', got 'gpu'");
  expect(() => call('wasm', { wasmPaths: 3 })).toThrow('useBackend: wasmPaths must be a folder');
  expect(() => call('wasm', { simd: true })).toThrow(
    "useBackend: simd must be 'relaxed' or 'plain', got true",
  );
  expect(() => call('webgpu', { dawn: 'adapter=x' })).toThrow('useBackend: dawn must be a list of flags');
});

test.each<BackendName>(['cpu', 'wasm'])('starts %s, whose package nobody has imported', async (name) => {
  expect(await useBackend(name)()).toEqual(
    E.right({ ...(name === 'wasm' ? wasm : { name }), passedOver: [] }),
  );
  expect(tf.getBackend()).toBe(name);
  expect(tf.tidy(() => [...tf.add([1, 2], 3).dataSync()])).toEqual([4, 5]);
});

test('takes the build of the kernels that is asked for, or the one that this engine has', async () => {
  expect(await useBackend('wasm', { simd: 'plain' })()).toMatchObject(E.right({ simd: 'plain' }));
  expect(await useBackend('wasm', { simd: 'relaxed' })()).toMatchObject(E.right({ simd: wasm.simd }));
  useKernels(false);
  const off = await useBackend('wasm')();
  useKernels(true);
  expect(E.isRight(off) && off.right).not.toHaveProperty('simd');
});

test('accepts wasmPaths only before wasm has started', async () => {
  await useBackend('wasm')();
  expect(await useBackend('wasm', { wasmPaths: '/nowhere/' })()).toMatchObject(E.right({ name: 'wasm' }));
});

describe('without a GPU', () => {
  test.each([
    [undefined, 'this browser does not support WebGPU, or it is disabled'],
    [false, 'WebGPU is available only on pages from https or localhost'],
  ])('says why a browser has no WebGPU, isSecureContext %s', async (isSecureContext, message) => {
    withGpu();
    inBrowser();
    vi.stubGlobal('isSecureContext', isSecureContext);
    await useBackend('cpu')();
    const error = { _tag: 'NoAdapter', backend: 'webgpu', message };
    expect(await useBackend('webgpu')()).toEqual(E.left(error));
    expect(tf.getBackend()).toBe('cpu');
    expect(await useBackend('auto')()).toEqual(E.right({ ...wasm, passedOver: [error] }));
  });

  test.each<[string, () => Promise<Adapter | null>]>([
    ['there is none', async () => null],
    ['asking for one fails', () => Promise.reject(new Error('no suitable backends found\nAvailable: none'))],
  ])('says that there is no adapter where %s', async (_, requestAdapter) => {
    withGpu(requestAdapter);
    const outcome = await useBackend('webgpu')();
    expect(outcome).toMatchObject(E.left({ _tag: 'NoAdapter' }));
    expect(E.isLeft(outcome) && outcome.left.message).toMatch(/^WebGPU found no adapter: [^\n]+$/);
  });

  test('auto skips a software adapter', async () => {
    withGpu(async () => swiftShader);
    expect(await useBackend('auto')()).toMatchObject(
      E.right({
        name: 'wasm',
        passedOver: [{ _tag: 'SoftwareAdapter', adapter: { software: true, description: 'SwiftShader' } }],
      }),
    );
  });
});

describe('with a GPU', () => {
  test('auto picks it, and reports its name', async () => {
    withGpu(async () => hardware);
    registerWebgpu(() => Object.assign(new tf.KernelBackend(), { dispose: () => {} }));
    const adapter = {
      vendor: 'nvidia',
      architecture: 'hopper',
      description: 'NVIDIA H200',
      software: false,
    };
    expect(await useBackend('auto')()).toEqual(E.right({ name: 'webgpu', adapter, passedOver: [] }));
    expect(tf.getBackend()).toBe('webgpu');
    await useBackend('cpu')();
  });

  test('reports why a device did not start, and restores the previous backend', async () => {
    await useBackend('wasm')();
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    withGpu(async () => hardware);
    registerWebgpu(() => Promise.reject(new Error('the device was lost')));
    const error = {
      _tag: 'NotStarted',
      backend: 'webgpu',
      message: 'the webgpu backend did not start: the device was lost',
    };
    expect(await useBackend('webgpu')()).toEqual(E.left(error));
    expect(tf.getBackend()).toBe('wasm');
    expect(tf.tidy(() => [...tf.add([1, 2], 3).dataSync()])).toEqual([4, 5]);
    expect(await useBackend('auto')()).toEqual(E.right({ ...wasm, passedOver: [error] }));
  });
});

describe('in Node, through Dawn', () => {
  const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
  beforeAll(() => {
    if (process.env.VK_DRIVER_FILES === undefined && existsSync(driver)) process.env.VK_DRIVER_FILES = driver;
  });

  test('reports that no adapter has the name', async () => {
    const outcome = await useBackend('webgpu', { dawn: ['adapter=no such thing'] })();
    expect(outcome).toMatchObject(E.left({ _tag: 'NoAdapter' }));
    // What auto or a failure leaves behind is no half of a WebGPU.
    expect(globalThis).not.toHaveProperty('GPUBuffer');
  });

  test('runs, and reports its adapter', async ({ skip }) => {
    const outcome = await useBackend('webgpu')();
    if (E.isLeft(outcome) && outcome.left._tag === 'NoAdapter')
      skip('no WebGPU adapter: install chromium and libvulkan1, or a driver for the GPU');
    expect(outcome).toMatchObject(E.right({ name: 'webgpu', passedOver: [] }));
    if (E.isLeft(outcome)) return;
    const { adapter } = outcome.right;
    expect(adapter?.description).not.toBe('');
    const sum = tf.add([1, 2], 3);
    expect([...(await sum.data())]).toEqual([4, 5]);
    expect(await useBackend('cpu')()).toMatchObject(E.right({ name: 'cpu' }));
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    // What was read is there, and what is on the device alone is not.
    expect([...tf.tidy(() => tf.mul(sum, 2)).dataSync()]).toEqual([8, 10]);
    await useBackend('webgpu')();
    const unread = tf.fill([5000], 6);
    expect(() => unread.dataSync()).toThrow(
      /cannot be read synchronously here \(as in Node\): use await tensor.data\(\)/,
    );
    await useBackend('wasm')();
    expect(() => tf.mul(unread, 2)).toThrow(
      'A tensor that was made on webgpu cannot be used on another backend',
    );
    expect(await useBackend('cpu')()).toMatchObject(E.right({ name: 'cpu' }));
    await useBackend('webgpu')();
    expect((await unread.data())[4999]).toBe(6);
    tf.dispose([sum, unread]);
    expect(await useBackend('webgpu')()).toMatchObject(E.right({ name: 'webgpu', adapter }));
    const auto = await useBackend('auto')();
    expect(auto).toMatchObject(E.right({ name: adapter?.software ? 'wasm' : 'webgpu' }));
  });
});
