import type { WasmBackend, WasmModule } from './wasmBackend.ts';

const stock: unique symbol = Symbol.for('tfjs-bayesian/malloc');
type Guarded = WasmModule & { [stock]?: WasmModule['_malloc'] };

/** The address space of 32 bits; tfjs's module would silently truncate larger sizes. */
const addressable = 2 ** 32;

/**
 * Makes a wasm backend throw when it runs out of memory. Otherwise tfjs writes the tensor at address 0, or, from 4 GiB
 * on, past the end of a much smaller allocation, and overwrites other data.
 */
export const guardMemory = ({ wasm }: WasmBackend): void => {
  const guarded = wasm as Guarded;
  if (guarded[stock]) return;
  // Emscripten's initial stub replaces itself at its first call.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  guarded[stock] = malloc;
  wasm._malloc = (bytes) => {
    const address = bytes < addressable ? malloc(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw new Error(`The wasm backend is out of memory: cannot allocate ${bytes} bytes`);
    return address;
  };
};

/** Undoes `guardMemory`. */
export const unguardMemory = ({ wasm }: WasmBackend): void => {
  const guarded = wasm as Guarded;
  if (guarded[stock]) wasm._malloc = guarded[stock];
  delete guarded[stock];
};

/** Runs a function with scratch memory, freed afterwards. */
export const withScratch = <Y>({ wasm }: WasmBackend, bytes: number, f: (address: number) => Y): Y => {
  const address = wasm._malloc(bytes) >>> 0;
  try {
    return f(address);
  } finally {
    wasm._free(address);
  }
};
