import { once } from 'node:events';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useBackend, useKernels } from '../../../../src/backend/index.ts';
import { runParts, threadCount } from '../../../../src/kernels/wasm/threads/parts.ts';
import { threadPool } from '../../../../src/kernels/wasm/threads/pool.ts';
import { useThreads } from '../../../../src/kernels/wasm/threads/useThreads.ts';
import { type WasmBackend, wasmMemory } from '../../../../src/kernels/wasm/wasmBackend.ts';
import { kernels } from '../../../support/backends.ts';
import { random } from '../onBoth.ts';
import { bytesOf, onThreads, sharedBackend } from './support/threads.ts';
import { recordWorkers, withWorkers } from './support/workers.ts';

const multiplied = (): readonly string[] =>
  bytesOf([tf.tidy(() => tf.matMul(random(1, [90, 70]), random(2, [70, 80])))]);

describe.skipIf(!kernels)('threads of the wasm backend', () => {
  let backend: WasmBackend;
  let right: readonly string[];
  beforeAll(async () => {
    backend = await sharedBackend();
    right = multiplied();
  });
  beforeEach(() => onThreads(1));
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('go on as the memory grows', async () => {
    await onThreads(2);
    expect(multiplied()).toEqual(right);
    const before = wasmMemory(backend).buffer.byteLength;
    const large = tf.zeros([before / 4]);
    expect(wasmMemory(backend).buffer.byteLength).toBeGreaterThan(before);
    // Behind what the threads' memory ended at when they were started.
    expect(backend.dataIdMap.get(large.dataId).memoryOffset + before).toBeGreaterThan(before);
    const far = tf.tidy(() => [1, 2].map((seed) => tf.keep(random(seed, [90, 90]))));
    const product = () => bytesOf([tf.matMul(far[0]!, far[1]!)]);
    const two = product();
    await onThreads(1);
    expect(two).toEqual(product());
    tf.dispose([large, far]);
  });

  it('go on after memory ran out', async () => {
    await onThreads(2);
    expect(() => tf.tidy(() => tf.matMul(tf.zeros([2 ** 16, 1]), tf.zeros([1, 2 ** 16])))).toThrow(
      'The wasm backend is out of memory',
    );
    expect(multiplied()).toEqual(right);
  });

  it('pass on what a kernel throws, and go on', async () => {
    await onThreads(3);
    const outside = 2 ** 32 - 16;
    const bad = Array.from({ length: 12 }, () => [outside, 4096] as const);
    expect(() => runParts(backend, 'zero', bad)).toThrow(WebAssembly.RuntimeError);
    expect(multiplied()).toEqual(right);
    expect(threadCount(backend)).toBe(3);
  });

  it('are fewer once one has died, and start again when asked', async () => {
    const workers = recordWorkers();
    await onThreads(3);
    await workers[0]!.terminate();
    await vi.waitFor(() => expect(threadCount(backend)).toBe(2));
    expect(multiplied()).toEqual(right);
    // Not waited for: it may have a job in its hands.
    void workers[1]!.terminate();
    for (let round = 0; round < 50; round++) expect(multiplied()).toEqual(right);
    await vi.waitFor(() => expect(threadCount(backend)).toBe(1));
    await onThreads(2);
    expect(multiplied()).toEqual(right);
  });

  it('are those of the last start, if two are made at once', async () => {
    const workers = recordWorkers();
    const settings = { grain: 0 };
    expect(await Promise.all([useThreads(2, settings), useThreads(3, settings)])).toEqual([
      { threads: 2 },
      { threads: 3 },
    ]);
    const { length } = workers;
    expect(length).toBe(3);
    await vi.waitFor(() => {
      const living = workers.filter(({ threadId }) => threadId !== -1);
      expect(living).toHaveLength(threadCount(backend) - 1);
    });
    expect(multiplied()).toEqual(right);
  });

  it('end with the backend, and when one is enough', async () => {
    const workers = recordWorkers();
    await onThreads(2);
    const first = once(workers[0]!, 'exit');
    expect(await useThreads(1)).toEqual({ threads: 1 });
    expect(await first).toEqual([0]);
    await onThreads(2);
    const second = once(workers[1]!, 'exit');
    const { factory, priority } = tf.engine().registryFactory.wasm!;
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, priority);
    expect(await second).toEqual([0]);
    backend = await sharedBackend();
    await onThreads(2);
    expect(multiplied()).toEqual(right);
  });

  it('stay as they are while kernels are turned off and on', async () => {
    await onThreads(2);
    const run = vi.spyOn(threadPool(backend)!, 'run');
    const { tensor } = tf.tidy(() => {
      const a = random(1, [90, 70]);
      const b = random(2, [70, 80]);
      useKernels(false);
      const stock = tf.matMul(a, b);
      expect(run).not.toHaveBeenCalled();
      useKernels(true);
      return { tensor: tf.keep(tf.max(tf.abs(tf.sub(tf.matMul(a, b), stock)))) };
    });
    expect(run).toHaveBeenCalled();
    expect(tensor.dataSync()[0]).toBeLessThan(1e-5);
    tensor.dispose();
  });

  it('leave the backend to one thread, with a reason, if they cannot start', async () => {
    const reason = (why: string) => ({ threads: 1, fewerThreads: `its threads did not start: ${why}` });
    withWorkers(
      class {
        constructor() {
          throw new Error('no more threads');
        }
      },
    );
    expect(await useThreads(2)).toEqual(reason('no more threads'));
    vi.stubGlobal('crossOriginIsolated', false);
    expect(await useThreads(2)).toEqual({
      threads: 1,
      fewerThreads: 'the page is not cross-origin isolated',
    });
    vi.unstubAllGlobals();
    expect(multiplied()).toEqual(right);
  });

  it('are there without being asked for, one for each core, and are reported', async () => {
    const started = await useBackend('wasm')();
    const { availableParallelism } = process.getBuiltinModule('node:os');
    expect(started).toMatchObject({ right: { name: 'wasm', threads: Math.min(8, availableParallelism()) } });
    expect(await useBackend('wasm', { threads: 2 })()).toMatchObject({ right: { threads: 2 } });
    expect(threadCount(backend)).toBe(2);
    expect(() => useBackend('wasm', { threads: 0 })).toThrow(
      'useBackend: threads must be a positive integer, got 0',
    );
  });

  it('leak nothing over 200 starts and stops', async () => {
    const workers = recordWorkers();
    const state = { ended: 0 };
    const round = async () => {
      await onThreads(2);
      expect(multiplied()).toEqual(right);
      workers.at(-1)!.once('exit', () => state.ended++);
      await onThreads(1);
    };
    for (let at = 0; at < 50; at++) await round();
    const { rss } = process.memoryUsage();
    const { numBytes } = tf.memory();
    for (let at = 0; at < 150; at++) await round();
    expect(state.ended).toBe(200);
    expect(workers.every(({ threadId }) => threadId === -1)).toBe(true);
    expect(tf.memory().numBytes).toBe(numBytes);
    // A thread that stayed would take 10 MB each time.
    expect(process.memoryUsage().rss - rss).toBeLessThan(150e6);
  });
});
