import '../../../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import type { PoolSettings } from '../../../../../src/kernels/wasm/threads/pool.ts';
import { loadFor, useThreads } from '../../../../../src/kernels/wasm/threads/useThreads.ts';
import type { WasmBackend } from '../../../../../src/kernels/wasm/wasmBackend.ts';

/** The running wasm backend, on shared memory. */
export const sharedBackend = async (): Promise<WasmBackend> => {
  await loadFor(2, async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  return tf.backend() as unknown as WasmBackend;
};

/** Gives the backend so many threads, which share small work too. */
export const onThreads = async (threads: number, settings: PoolSettings = {}): Promise<void> => {
  const inUse = await useThreads(threads, { grain: 0, ...settings });
  if (inUse.threads !== threads) throw new Error(inUse.fewerThreads);
};

/** The bytes of tensors, which are disposed. */
export const bytesOf = (tensors: readonly tf.Tensor[]): readonly string[] =>
  tensors.map((tensor) => {
    const values = tensor.dataSync();
    tensor.dispose();
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  });
