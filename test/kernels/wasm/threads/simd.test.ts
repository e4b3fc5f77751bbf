import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { threadCount } from '../../../../src/kernels/wasm/threads/parts.ts';
import { startPool, threadPool } from '../../../../src/kernels/wasm/threads/pool.ts';
import { useSimd } from '../../../../src/kernels/wasm/useSimd.ts';
import type { WasmBackend } from '../../../../src/kernels/wasm/wasmBackend.ts';
import { kernels } from '../../../support/backends.ts';
import { allowRelaxedSimd, hidden } from '../../../support/simd/allowRelaxedSimd.ts';
import { random } from '../onBoth.ts';
import { bytesOf, onThreads, sharedBackend } from './support/threads.ts';

/** The bytes of products on so many threads, which differ from build to build. */
const products = () => bytesOf([tf.tidy(() => tf.matMul(random(1, [64, 300]), random(2, [300, 90])))]);

describe.skipIf(!kernels || hidden())('threads and the two builds', () => {
  let backend: WasmBackend;
  let forbid: () => void;
  beforeAll(async () => {
    forbid = allowRelaxedSimd();
    backend = await sharedBackend();
    await useSimd('relaxed');
  });
  afterAll(async () => {
    await onThreads(1);
    forbid();
    await useSimd('relaxed');
  });

  it('run the same build, and those of the other one end', async () => {
    for (const simd of ['plain', 'relaxed'] as const) {
      await useSimd(simd);
      expect(threadCount(backend)).toBe(1);
      const alone = products();
      await onThreads(2);
      expect(threadCount(backend)).toBe(2);
      expect(products()).toEqual(alone);
    }
  });

  it('run the same build if it changes while they start', async () => {
    await onThreads(1);
    await useSimd('plain');
    const expected = products();
    await useSimd('relaxed');
    const starting = startPool(backend, 2, { grain: 0 });
    await new Promise((resolve) => setTimeout(resolve, 1));
    await useSimd('plain');
    expect(await starting).toBe(threadPool(backend));
    expect(products()).toEqual(expected);
  });
});
