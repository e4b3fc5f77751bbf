import '../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { wasmKernels } from '../../src/kernels/wasm/wasmKernels.ts';

const registered = () => wasmKernels.map(({ name }) => tf.getKernel(name, 'wasm'));
const product = (): number[] => {
  const out = tf.tidy(() => tf.matMul(tf.ones([2, 3, 4]), tf.ones([2, 4, 1])).dataSync());
  return [...out];
};

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterEach(() => useKernels(true));

describe('useKernels', () => {
  test("restores tfjs's kernels, and ours again, however often it is called", () => {
    useKernels(true);
    const ours = registered();
    useKernels(false);
    const stock = registered();
    ours.forEach((config, at) => {
      expect(config?.kernelFunc).not.toBe(stock[at]?.kernelFunc);
    });
    expect(product()).toEqual(Array(6).fill(4));
    useKernels(false);
    expect(registered()).toEqual(stock);
    useKernels(true);
    useKernels(true);
    registered().forEach((config, at) => {
      expect(config?.kernelFunc).not.toBe(stock[at]?.kernelFunc);
    });
    useKernels(false);
    expect(registered()).toEqual(stock);
  });

  test('holds when the backend is set again', async () => {
    useKernels(false);
    const stock = registered();
    await tf.setBackend('cpu');
    await tf.setBackend('wasm');
    expect(registered()).toEqual(stock);
    useKernels(true);
    await tf.setBackend('cpu');
    await tf.setBackend('wasm');
    expect(registered()).not.toEqual(stock);
  });

  test('leaves kernels that were registered after ours in place', async () => {
    useKernels(true);
    const ours = tf.getKernel(tf.BatchMatMul, 'wasm');
    useKernels(false);
    const stock = tf.getKernel(tf.BatchMatMul, 'wasm')!;
    useKernels(true);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    tf.registerKernel(stock);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
    await tf.setBackend('wasm');
    expect(tf.getKernel(tf.BatchMatMul, 'wasm')?.kernelFunc).not.toBe(stock.kernelFunc);
    expect(ours).toBeDefined();
    expect(product()).toEqual(Array(6).fill(4));
  });

  test('is shared by two copies of the library', async () => {
    useKernels(true);
    const ours = registered();
    vi.resetModules();
    const second = await import('../../src/backend/index.ts');
    expect(second.useKernels).not.toBe(useKernels);
    expect(registered()).toEqual(ours);
    second.useKernels(false);
    registered().forEach((config, at) => {
      expect(config).not.toBe(ours[at]);
    });
    useKernels(true);
    expect(product()).toEqual(Array(6).fill(4));
  });

  test('works with a backend that is started anew', async () => {
    const factory = tf.findBackendFactory('wasm');
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await tf.setBackend('wasm');
    expect(product()).toEqual(Array(6).fill(4));
  });

  test('rejects anything that is not a boolean', () => {
    expect(() => useKernels('off' as unknown as boolean)).toThrow('useKernels: on must be true or false');
  });
});

describe('a machine that cannot run our kernels', () => {
  test("keeps tfjs's, and warns", async () => {
    useKernels(false);
    const stock = registered();
    const factory = tf.findBackendFactory('wasm');
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await tf.setBackend('wasm');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const instance = vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new WebAssembly.CompileError('no SIMD');
    } as never);
    useKernels(true);
    await tf.setBackend('wasm');
    expect(warn.mock.calls.flat()).toEqual([expect.stringMatching(/kernels cannot run .*no SIMD/)]);
    expect(registered()).toEqual(stock);
    expect(product()).toEqual(Array(6).fill(4));
    warn.mockRestore();
    instance.mockRestore();
  });
});
