import '../../support/backends.ts';
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { kernelModule } from '../../../src/kernels/wasm/kernelModule.ts';
import type { WasmBackend } from '../../../src/kernels/wasm/wasmBackend.ts';
import { numbers } from './support.ts';

let backend: WasmBackend;
beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
  backend = tf.backend() as unknown as WasmBackend;
});

const memory = (): WebAssembly.Memory => backend.wasm.asm.memory as WebAssembly.Memory;

/** A hash of all memory but the given pieces. */
const hashOutside = (pieces: readonly (readonly [from: number, bytes: number])[]): string => {
  const heap = new Uint8Array(memory().buffer);
  const sorted = [...pieces].sort(([x], [y]) => x - y);
  const starts = [0, ...sorted.map(([from, bytes]) => from + bytes)];
  return starts
    .reduce(
      (sum, start, at) => sum.update(heap.subarray(start, sorted[at]?.[0] ?? heap.length)),
      createHash('sha256'),
    )
    .digest('hex');
};

describe('the memory of the wasm backend', () => {
  test('is changed by a product in its result and its scratch alone', () => {
    const { products, productScratch } = kernelModule(backend);
    const most = 300;
    const free = backend.wasm._malloc(most * most * 4 * 3 + productScratch(1) + 4096);
    const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: most }));
    const offset = fc.nat(15).map((n) => 4 * n);
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        offset,
        (rows, columns, depth, tA, tB, finished, shift) => {
          const a = free + shift;
          const b = a + rows * depth * 4;
          const out = b + depth * columns * 4;
          const scratch = out + rows * columns * 4;
          new Float32Array(memory().buffer, a, rows * depth).set(numbers(rows * depth, shift));
          new Float32Array(memory().buffer, b, columns * depth).set(numbers(columns * depth, rows));
          new Float32Array(memory().buffer, out, rows * columns).fill(7);
          const own = [[out, rows * columns * 4] as const, [scratch, productScratch(1)] as const];
          const before = hashOutside(own);
          const [leftRow, leftNext] = tA ? [4, 4 * rows] : [4 * depth, 4];
          const [rightColumn, rightNext] = tB ? [4 * depth, 4] : [4, 4 * columns];
          const sizes = [1, 0, rows, columns, depth] as const;
          const factors = [a, leftRow, leftNext, b, rightColumn, rightNext] as const;
          // Whatever numbers a bias and a mask are, they are read alone.
          const [bias, mask] = finished ? [a, b] : [0, 0];
          products(...sizes, ...factors, out, 4 * columns, 7, bias, rows + 7, mask, finished, scratch);
          expect(hashOutside(own)).toBe(before);
          // All of the result was written: a sum of these numbers is never exactly 7.
          expect(new Float32Array(memory().buffer, out, rows * columns)).not.toContain(7);
        },
      ),
      { numRuns: 12 },
    );
    backend.wasm._free(free);
  });

  test('is changed by draws in their result and their scratch alone', () => {
    const { draw, drawScratch } = kernelModule(backend);
    const most = 3000;
    const free = backend.wasm._malloc(most * 4 + drawScratch() + 4096);
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.oneof(fc.nat(20), fc.nat(most)),
        fc.nat(15),
        fc.nat(63),
        (kind, size, shift, gap) => {
          const out = free + 4 * shift;
          const scratch = out + size * 4 + gap;
          new Float32Array(memory().buffer, out, size).fill(7);
          const own = [[out, size * 4] as const, [scratch, drawScratch()] as const];
          const before = hashOutside(own);
          draw(kind, kind, size, 0, size, 0.5, 1, out, scratch);
          expect(hashOutside(own)).toBe(before);
          expect(new Float32Array(memory().buffer, out, size)).not.toContain(7);
        },
      ),
      { numRuns: 25 },
    );
    backend.wasm._free(free);
  });

  test('may grow in the middle of a step', () => {
    tf.tidy(() => {
      const a = tf.tensor(numbers(33 * 65, 0), [33, 65]);
      const b = tf.tensor(numbers(17 * 65, 1), [17, 65]);
      const step = (between: () => void) => {
        const grads = tf.grads((x: tf.Tensor, y: tf.Tensor) => {
          const first = tf.matMul(x, y, false, true);
          between();
          return tf.sum(tf.matMul(first, tf.square(first), true, false));
        });
        return grads([a, b]).map((gradient) => gradient.dataSync());
      };
      const size = memory().buffer.byteLength;
      const grown = step(() => {
        while (memory().buffer.byteLength === size) tf.zeros([1024, 1024, 8]);
      });
      expect(memory().buffer.byteLength).toBeGreaterThan(size);
      expect(step(() => {})).toEqual(grown);
    });
  });

  test('throws with the requested size when it runs out, and gives no wrong result', () => {
    const bystander = tf.ones([4]);
    const column = (length: number): tf.Tensor => tf.ones([length, 1]);
    const outer = (x: tf.Tensor): tf.Tensor => tf.matMul(x, x, false, true);
    const [long, shorter] = [column(65_536), column(28_000)];
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    // 16 GiB: tfjs alone asks for the rest of it by 4 GiB, which is 0.
    expect(() => outer(long)).toThrow(/out of memory: cannot allocate 17179869184 bytes/);
    expect(() => tf.add(long, tf.reshape(long, [1, -1]))).toThrow(
      /out of memory: cannot allocate 17179869184 bytes/,
    );
    // Less than 4 GiB, and more than is left beside half of it.
    const half = backend.wasm._malloc(2 ** 31) >>> 0;
    expect(() => outer(shorter)).toThrow(/out of memory: cannot allocate 3136000000 bytes/);
    backend.wasm._free(half);
    expect([...bystander.dataSync()]).toEqual([1, 1, 1, 1]);
    // The reshaped tensor above is one more view.
    expect(tf.memory()).toMatchObject({
      numTensors: numTensors + 1,
      numDataBuffers,
      numBytes: numBytes + 2 ** 18,
    });
    tf.dispose([bystander, long, shorter]);
  });

  test('is the same after many products', () => {
    const x = tf.ones([3, 50, 60]);
    const run = () => tf.dispose(tf.matMul(x, x, false, true));
    run();
    const size = memory().buffer.byteLength;
    for (let i = 0; i < 300; i++) run();
    expect(memory().buffer.byteLength).toBe(size);
    x.dispose();
  });
});
