import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { kernelModule } from '../../../src/kernels/wasm/kernelModule.ts';
import { withScratch } from '../../../src/kernels/wasm/memory.ts';
import type { WasmBackend } from '../../../src/kernels/wasm/wasmBackend.ts';
import {
  bernoulli,
  foldIn,
  type Key,
  key,
  normal,
  permutation,
  split,
  uniform,
} from '../../../src/random/index.ts';
import { threefry } from '../../../src/random/threefry.ts';
import { vmap } from '../../../src/vmap/index.ts';

let backend: WasmBackend;
beforeAll(async () => {
  await tf.setBackend('wasm');
  backend = tf.backend() as unknown as WasmBackend;
});
beforeEach(() => useKernels(true));
afterEach(() => useKernels(true));

const memory = (): WebAssembly.Memory => backend.wasm.asm.memory as WebAssembly.Memory;
const word = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));
const seeds = fc.maxSafeNat();
/** Sizes around those of vectors and blocks, and a few whole blocks. */
const sizes = fc.oneof(
  fc.nat(20),
  fc.integer({ min: 1015, max: 1035 }),
  fc.constantFrom(1024, 2048, 3071, 5000),
);

/** What the kernels draw, and what JavaScript draws. */
const both = (f: () => tf.Tensor): readonly [ours: Float32Array, plain: Float32Array] => {
  const read = (on: boolean) => {
    useKernels(on);
    return tf.tidy(() => f().dataSync() as Float32Array);
  };
  return [read(true), read(false)];
};

const expectClose = ([ours, plain]: readonly [Float32Array, Float32Array]): void => {
  expect(ours.length).toBe(plain.length);
  const worst = ours.reduce((most, x, i) => Math.max(most, Math.abs(x - plain[i]!) / Math.abs(plain[i]!)), 0);
  expect(worst).toBeLessThan(5e-7);
};

const samplers: readonly (readonly [string, (k: Key, shape: readonly number[]) => tf.Tensor])[] = [
  ['normal', normal],
  ['uniform', uniform],
  ['bernoulli', (k, shape) => bernoulli(k, shape, { p: 0.3 })],
];

describe('the compiled Threefry', () => {
  test('has the bits of the one in JavaScript, for every counter and key', () => {
    fc.assert(
      fc.property(word, word, word, word, fc.integer({ min: 1, max: 70 }), (k0, k1, high, low, count) => {
        const pairs = new Int32Array(2 * count);
        threefry(k0, k1, high, low, count, pairs);
        const ours = withScratch(backend, 4 * (count + 15) + 192, (out) => {
          kernelModule(backend).threefry(k0, k1, high, low, count, out, out + 4 * (count + 15));
          return new Int32Array(memory().buffer, out, count).slice();
        });
        expect(ours).toEqual(ours.map((_, i) => pairs[2 * i]! ^ pairs[2 * i + 1]!));
      }),
    );
  });
});

describe('draws on wasm', () => {
  test('are exactly those of JavaScript if uniform, in every interval', () => {
    const ends = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(-0, 0, 1e-45, 1),
    );
    fc.assert(
      fc.property(seeds, sizes, ends, ends, (seed, size, a, b) => {
        fc.pre(a < b);
        const [ours, plain] = both(() => uniform(key(seed), [size], { min: a, max: b }));
        expect(ours).toEqual(plain);
      }),
    );
  });

  test('are exactly those of JavaScript if ones and zeros, for every probability', () => {
    const probabilities = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 2 ** -23, 1),
    );
    fc.assert(
      fc.property(seeds, sizes, probabilities, (seed, size, p) => {
        const [ours, plain] = both(() => bernoulli(key(seed), [size], { p }));
        expect(ours).toEqual(plain);
      }),
    );
  });

  test('are those of JavaScript to float rounding if normal', () => {
    fc.assert(fc.property(seeds, sizes, (seed, size) => expectClose(both(() => normal(key(seed), [size])))));
    // Tails of either sign among them.
    const million = both(() => normal(key(7), [1000, 1000]));
    expectClose(million);
    expect(Math.max(...million[0].slice(0, 1e5))).toBeGreaterThan(3.5);
    expect(Math.min(...million[0].slice(0, 1e5))).toBeLessThan(-3.5);
  });

  test.each(samplers)('are those of each key in a batch, nested and empty ones too: %s', (_, draw) => {
    const shapes = fc.array(fc.nat(7), { maxLength: 3 });
    const count = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(seeds, shapes, count, count, (seed, shape, n, m) =>
        tf.tidy(() => {
          const outer = split(key(seed), n);
          const inner = split(foldIn(key(seed), 1), m);
          const nested = vmap((a: Key) =>
            vmap((b: Key) => tf.concat([draw(a, [1, ...shape]), draw(b, [2, ...shape])]))(
              inner as unknown as Key,
            ),
          )(outer as unknown as Key);
          const alone = outer.flatMap((a) =>
            inner.flatMap((b) => [draw(a, [1, ...shape]), draw(b, [2, ...shape])]),
          );
          expect(nested.shape).toEqual([n, m, 3, ...shape]);
          expect([...nested.dataSync()]).toEqual(alone.flatMap((x) => [...x.dataSync()]));
        }),
      ),
      { numRuns: 30 },
    );
  });

  test.each(samplers)('of many small keys leak nothing: %s', (_, draw) => {
    const keys = split(key(0), 100) as unknown as Key;
    const run = () => vmap((k: Key) => draw(k, [3]))(keys).dispose();
    run();
    const before = tf.memory();
    const size = memory().buffer.byteLength;
    for (let i = 0; i < 200; i++) run();
    expect(tf.memory()).toEqual(before);
    expect(memory().buffer.byteLength).toBe(size);
  });

  test('are made by the kernels if they are on, and by JavaScript if they are off', async () => {
    const names = async (f: () => tf.Tensor) => {
      const { kernelNames, result } = await tf.profile(f);
      tf.dispose(result);
      return kernelNames;
    };
    for (const [, draw] of samplers) {
      const f = () => draw(key(0), [5]);
      useKernels(true);
      expect(await names(f)).toEqual([expect.stringMatching(/^TfjsBayesian/)]);
      useKernels(false);
      expect(await names(f)).toEqual([]);
      useKernels(true);
      await tf.setBackend('cpu');
      expect(await names(f)).toEqual([]);
      await tf.setBackend('wasm');
    }
    expect(await names(() => permutation(key(0), 5))).toEqual([]);
  });

  test('may be part of a gradient, to which they are constants', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const noise = normal(key(0), [3]);
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(tf.mul(y, normal(key(0), [3]))))(x);
    expect(gradient.dataSync()).toEqual(noise.dataSync());
    tf.dispose([x, noise, gradient]);
  });

  test('may make the memory grow', () => {
    const size = memory().buffer.byteLength;
    tf.tidy(() => {
      const draw = () => normal(key(3), [4096, 1024]);
      const copies = [draw()];
      while (memory().buffer.byteLength === size) copies.push(draw());
      const [first, last] = [copies[0]!.dataSync(), copies.at(-1)!.dataSync()];
      expect(first.every((x, i) => x === last[i])).toBe(true);
    });
    expect(memory().buffer.byteLength).toBeGreaterThan(size);
  });

  test('throw if they do not fit, and leak nothing', () => {
    const before = tf.memory();
    expect(() => normal(key(0), [2 ** 15, 2 ** 15])).toThrow(
      /out of memory: cannot allocate 4294967296 bytes/,
    );
    expect(tf.memory()).toEqual(before);
  });
});
