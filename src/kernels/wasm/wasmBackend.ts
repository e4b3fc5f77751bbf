import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** The wasm backend's record of a tensor's data. */
interface TensorData {
  /** The address of the first byte. */
  readonly memoryOffset: number;
  readonly shape: readonly number[];
  dtype: DataType;
}

/** The Emscripten module of tfjs's wasm backend. */
export interface WasmModule {
  _malloc: (bytes: number) => number;
  readonly _free: (address: number) => void;
  readonly asm: { readonly memory?: WebAssembly.Memory };
  /** With threads only: then the module imports its memory. */
  readonly wasmMemory?: WebAssembly.Memory;
}

/**
 * The parts of tfjs's wasm backend that our kernels use. They are not a public interface, so they are declared in this
 * one place; `isWasmBackend` checks that they exist.
 */
export interface WasmBackend extends KernelBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { readonly get: (dataId: object) => TensorData };
  readonly makeOutput: (shape: readonly number[], dtype: DataType) => TensorInfo;
}

/** Whether a backend is tfjs's wasm backend, with the parts that our kernels use. */
export const isWasmBackend = (backend: KernelBackend | undefined): backend is WasmBackend => {
  const { wasm, dataIdMap, makeOutput } = (backend ?? {}) as Partial<WasmBackend>;
  return (
    typeof wasm?._malloc === 'function' &&
    typeof wasm._free === 'function' &&
    typeof dataIdMap?.get === 'function' &&
    typeof makeOutput === 'function'
  );
};

/** The memory of a backend. */
export const wasmMemory = ({ wasm }: WasmBackend): WebAssembly.Memory => {
  const memory = wasm.asm.memory ?? wasm.wasmMemory;
  if (memory === undefined) throw new Error('the wasm backend does not expose its memory');
  return memory;
};

/** The address of a tensor's first byte. Addresses are numbers: a view would be detached when the memory grows. */
export const tensorAddress = (backend: WasmBackend, tensor: TensorInfo): number =>
  backend.dataIdMap.get(tensor.dataId).memoryOffset;

/**
 * Makes outputs like their inputs. With `inPlace` an output is the input's own memory, if nothing else shares it.
 *
 * @example
 * const next = outputOver(backend, true)(inputs.momentum);
 */
export const outputOver =
  (backend: WasmBackend, inPlace: boolean) =>
  ({ dataId, shape }: TensorInfo): TensorInfo => {
    if (!inPlace || backend.refCount(dataId) > 1) return backend.makeOutput(shape, 'float32');
    backend.incRef(dataId);
    return { dataId, shape, dtype: 'float32' };
  };
