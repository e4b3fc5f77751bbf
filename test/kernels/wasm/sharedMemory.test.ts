import { expect, test } from 'vitest';
import { kernelModule } from '../../../src/kernels/wasm/kernelModule.ts';
import type { WasmBackend } from '../../../src/kernels/wasm/wasmBackend.ts';

/** The part of a wasm backend that the kernels are made on, with threads or without. */
const backendOn = (wasm: object): WasmBackend => ({ wasm }) as WasmBackend;

test('the kernels run on shared memory, which a backend with threads has, and give the same numbers', () => {
  const plain = new WebAssembly.Memory({ initial: 2 });
  const shared = new WebAssembly.Memory({ initial: 2, maximum: 65_536, shared: true });
  const drawn = ([memory, wasm]: readonly [WebAssembly.Memory, object]) => {
    const backend = backendOn(wasm);
    const { threefry } = kernelModule(backend);
    threefry(1, 2, 3, 4, 37, 1024, 2048);
    expect(kernelModule(backend).threefry).toBe(threefry);
    return [...new Uint32Array(memory.buffer, 1024, 37)];
  };
  const [one, other] = (
    [
      [plain, { asm: { memory: plain } }],
      [shared, { asm: {}, wasmMemory: shared }],
    ] as const
  ).map(drawn);
  expect(new Set(one).size).toBeGreaterThan(30);
  expect(other).toEqual(one);
});

test('a backend that does not expose its memory is rejected', () => {
  expect(() => kernelModule(backendOn({ asm: {} }))).toThrow('the wasm backend does not expose its memory');
});
