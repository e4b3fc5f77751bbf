import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { threadPool } from '../../../../src/kernels/wasm/threads/pool.ts';
import { kernels } from '../../../support/backends.ts';
import { random } from '../onBoth.ts';
import { bytesOf, onThreads, sharedBackend } from './support/threads.ts';

type Work = readonly [name: string, outputs: () => tf.Tensor | readonly tf.Tensor[]];

const product = (a: readonly number[], b: readonly number[], tA = false, tB = false): Work => [
  `a product of [${a}]${tA ? ' transposed' : ''} and [${b}]${tB ? ' transposed' : ''}`,
  () => tf.matMul(random(1, a), random(2, b), tA, tB),
];

const work: readonly Work[] = [
  product([9, 5], [5, 17]),
  product([64, 200], [200, 300]),
  product([300, 70], [70, 33]),
  product([1, 301], [301, 260]),
  product([260, 301], [301, 1]),
  product([600, 40], [600, 90], true),
  product([40, 600], [90, 600], false, true),
  product([10, 64, 70], [10, 70, 50]),
  product([10, 64, 70], [70, 50]),
  product([3, 70, 64], [3, 90, 70], true, true),
  product([700, 5, 4], [700, 4, 3]),
  product([9, 7000], [7000, 20]),
];

describe.skipIf(!kernels)('on two and on three threads', () => {
  beforeAll(async () => {
    await sharedBackend();
  });
  afterAll(() => onThreads(1));

  it.each(work)('the bits of one thread: %s', async (_, outputs) => {
    const run = async (threads: number) => {
      await onThreads(threads);
      const backend = tf.backend() as never;
      const rounds = threadPool(backend) && vi.spyOn(threadPool(backend)!, 'run');
      const results = tf.tidy(() => [outputs()].flat() as tf.Tensor[]);
      return { bytes: bytesOf(results), rounds: rounds?.mock.calls.length ?? 0 };
    };
    const one = await run(1);
    for (const threads of [2, 3]) {
      const more = await run(threads);
      expect(more.bytes).toEqual(one.bytes);
      expect(more.rounds).toBeGreaterThan(0);
    }
  });
});
