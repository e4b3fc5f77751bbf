import { thrownMessage } from '../../../check/index.ts';
import { running } from '../../../ops/registry.ts';
import { compiledKernels } from '../kernelModule.ts';
import { isWasmBackend, type WasmBackend, wasmMemory } from '../wasmBackend.ts';
import { threadCount } from './parts.ts';
import { type PoolSettings, startPool, threadPool } from './pool.ts';
import { loadShared } from './sharedMemory.ts';

/** The threads of the running wasm backend's kernels. */
export interface ThreadsInUse {
  readonly threads: number;
  /** Why there are not as many as were asked for. */
  readonly fewerThreads?: string;
}

/** The most threads unless more are asked for: what stays on one thread then takes most of the time. */
const MOST_BY_DEFAULT = 8;

/** The number of threads if none is asked for: that of the cores. */
export const defaultThreads = (): number => {
  const os =
    typeof process === 'undefined'
      ? undefined
      : (process.getBuiltinModule?.('node:os') as
          | { readonly availableParallelism: () => number }
          | undefined);
  const cores = os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.min(cores, MOST_BY_DEFAULT);
};

/** Whether this program may have shared memory, and hand it to threads. A page may if it is cross-origin isolated. */
const mayShare = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

/** Loads TensorFlow.js's wasm for so many threads. */
export const loadFor = <Y>(threads: number, load: () => Promise<Y>): Promise<Y> =>
  threads > 1 && mayShare() && running('wasm') === undefined ? loadShared(load) : load();

/** Why a backend cannot have threads, if so. */
const obstacle = (backend: WasmBackend): string | undefined => {
  if (!mayShare())
    return typeof SharedArrayBuffer === 'undefined'
      ? 'there is no shared memory here: a page must be cross-origin isolated'
      : 'the page is not cross-origin isolated';
  if (!(wasmMemory(backend).buffer instanceof SharedArrayBuffer))
    return 'the backend had been started without threads';
  return undefined;
};

/** Gives the running wasm backend so many threads, or says why not. */
export const useThreads = async (threads: number, settings?: PoolSettings): Promise<ThreadsInUse> => {
  const backend = running('wasm');
  if (!isWasmBackend(backend)) return { threads: 1 };
  if (threads === threadCount(backend)) return { threads };
  if (threads === 1) {
    await threadPool(backend)?.stop();
    return { threads };
  }
  try {
    const fewerThreads = obstacle(backend);
    if (fewerThreads !== undefined) return { threads: 1, fewerThreads };
    compiledKernels(backend);
    await startPool(backend, threads, settings);
    return { threads };
  } catch (error) {
    return { threads: 1, fewerThreads: `its threads did not start: ${thrownMessage(error)}` };
  }
};
