import { withScratch } from './memory.ts';
import { type WasmBackend, wasmMemory } from './wasmBackend.ts';

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

const total = (sizes: readonly number[]): number => sizes.reduce((sum, bytes) => sum + aligned(bytes), 0);

/** Runs a function with several parts of scratch memory of the given sizes in bytes, freed afterwards. */
export const withScratchParts = <const S extends readonly number[], Y>(
  backend: WasmBackend,
  sizes: S,
  f: (addresses: { readonly [K in keyof S]: number }) => Y,
): Y =>
  withScratch(backend, total(sizes) + 16, (address) => {
    const starts = sizes.map((_, at) => aligned(address) + total(sizes.slice(0, at)));
    return f(starts as { readonly [K in keyof S]: number });
  });

/** Writes integers to the memory of the backend. */
export const writeIntegers = (backend: WasmBackend, address: number, values: readonly number[]): void => {
  new Uint32Array(wasmMemory(backend).buffer, address, values.length).set(values);
};
