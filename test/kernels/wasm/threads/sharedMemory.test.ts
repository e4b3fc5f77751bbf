import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadShared, withSharedMemory } from '../../../../src/kernels/wasm/threads/sharedMemory.ts';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const stock = (name: string): Uint8Array => readFileSync(join(folder, name));

/** A program with a memory of its own of one to two pages, which it exports. */
const program = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 1, 1, 2, 7, 10, 1, 6],
  ...[...'memory'].map((letter) => letter.charCodeAt(0)),
  ...[2, 0],
]);

/** What marks a program that was compiled as TensorFlow.js's is. */
const imports = { env: {}, wasi_snapshot_preview1: {} };

const memoryIn = async (loaded: Promise<WebAssembly.WebAssemblyInstantiatedSource>) =>
  ((await loaded).instance.exports.memory as WebAssembly.Memory).buffer.constructor.name;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('shared memory', () => {
  it.each(['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'])('is one byte of %s', (name) => {
    const bytes = stock(name);
    const shared = withSharedMemory(bytes)!;
    const changed = [...shared.entries()].filter(([at, byte]) => byte !== bytes[at]);
    expect(changed).toEqual([[expect.any(Number), 3]]);
    expect(WebAssembly.validate(shared)).toBe(true);
  });

  it('is given to no module without a memory of its own that has a maximum', () => {
    expect(withSharedMemory(stock('tfjs-backend-wasm-threaded-simd.wasm'))).toBeUndefined();
    expect(withSharedMemory(program.slice(0, 8))).toBeUndefined();
    const unbounded = [...program.slice(0, 8), ...[5, 3, 1, 0, 1]];
    expect(withSharedMemory(new Uint8Array(unbounded))).toBeUndefined();
  });

  it('is given to what is loaded as TensorFlow.js is, and to that alone', async () => {
    const before = [WebAssembly.instantiate, WebAssembly.instantiateStreaming];
    const answer = () =>
      Promise.resolve(new Response(program, { headers: { 'content-type': 'application/wasm' } }));
    const found = await loadShared(() =>
      Promise.all([
        memoryIn(WebAssembly.instantiate(program, imports)),
        memoryIn(WebAssembly.instantiate(program.buffer, imports)),
        memoryIn(WebAssembly.instantiateStreaming(answer(), imports)),
        memoryIn(WebAssembly.instantiate(program, {})),
        memoryIn(WebAssembly.instantiate(program)),
        memoryIn(WebAssembly.instantiateStreaming(answer())),
      ]),
    );
    const own = 'ArrayBuffer';
    const shared = 'SharedArrayBuffer';
    expect(found).toEqual([shared, shared, shared, own, own, own]);
    expect([WebAssembly.instantiate, WebAssembly.instantiateStreaming]).toEqual(before);
    expect(await memoryIn(WebAssembly.instantiate(program, imports))).toBe(own);
  });

  it('is left out where it is refused', async () => {
    const { instantiate } = WebAssembly;
    const refusing = vi.spyOn(WebAssembly, 'instantiate');
    refusing.mockImplementation((async (bytes: Uint8Array, given: WebAssembly.Imports) =>
      bytes[11] === 3
        ? Promise.reject(new RangeError('out of memory'))
        : instantiate(bytes as BufferSource, given)) as typeof instantiate);
    expect(await loadShared(() => memoryIn(WebAssembly.instantiate(program, imports)))).toBe('ArrayBuffer');
    // Others may load modules of theirs meanwhile.
    expect(refusing.mock.calls.filter(([, given]) => given === imports)).toHaveLength(2);
  });

  it('leaves nothing behind when loading fails', async () => {
    const { instantiate } = WebAssembly;
    await expect(loadShared(() => Promise.reject(new Error('no file')))).rejects.toThrow('no file');
    expect(WebAssembly.instantiate).toBe(instantiate);
  });
});
