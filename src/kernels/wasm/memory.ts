import type { WasmBackend, WasmModule } from './wasmBackend.ts';

const stock: unique symbol = Symbol.for('tfjs-bayesian/malloc');
type Guarded = WasmModule & { [stock]?: WasmModule['_malloc'] };

/** 32 bits address as much; from here on tfjs's module would silently take the rest of a division by it. */
const addressable = 2 ** 32;

/**
 * Makes every lack of memory on a wasm backend an exception. Without it, tfjs writes the tensor at address 0, or for
 * one of 4 GiB and more behind the end of a much smaller piece of memory, over whatever stands there.
 */
export const guardMemory = ({ wasm }: WasmBackend): void => {
  const guarded = wasm as Guarded;
  if (guarded[stock]) return;
  // Emscripten's first version of the function replaces itself when it is called.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  guarded[stock] = malloc;
  wasm._malloc = (bytes) => {
    const address = bytes < addressable ? malloc(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw new Error(`The wasm backend is out of memory: ${bytes} bytes were asked for at once`);
    return address;
  };
};

/** Undoes `guardMemory`. */
export const unguardMemory = ({ wasm }: WasmBackend): void => {
  const guarded = wasm as Guarded;
  if (guarded[stock]) wasm._malloc = guarded[stock];
  delete guarded[stock];
};

/** Runs a function with scratch memory that it must not keep. */
export const withScratch = <Y>({ wasm }: WasmBackend, bytes: number, f: (address: number) => Y): Y => {
  const address = wasm._malloc(bytes) >>> 0;
  try {
    return f(address);
  } finally {
    wasm._free(address);
  }
};
