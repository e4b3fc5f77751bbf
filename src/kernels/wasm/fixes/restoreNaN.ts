import { Neg, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { tensorAddress, type WasmBackend } from '../wasmBackend.ts';
import { step, type WasmCall } from '../wasmKernel.ts';

/** The numbers of a float32 tensor where they are. */
export const floatView = (backend: WasmBackend, tensor: TensorInfo): Float32Array => {
  const { buffer } = backend.wasm.asm.memory as WebAssembly.Memory;
  return new Float32Array(buffer, tensorAddress(backend, tensor) >>> 0, util.sizeFromShape(tensor.shape));
};

/**
 * The result of a kernel that is linear in `x` and bounds it from below at the end, which makes NaN -Infinity whatever the bound:
 * what is -Infinity for the negative of `x`, too, is NaN.
 */
export const restoreNaN = <A>(call: WasmCall<A>, run: (call: WasmCall<A>) => TensorInfo): TensorInfo => {
  const { backend, inputs } = call;
  const lowest = Number.NEGATIVE_INFINITY;
  const result = run(call);
  if (!floatView(backend, result).includes(lowest)) return result;
  const x = step(Neg, { x: inputs.x! }, { backend });
  const other = run({ ...call, inputs: { ...inputs, x } });
  const [numbers, others] = [floatView(backend, result), floatView(backend, other)];
  numbers.forEach((value, at) => {
    if (value === lowest && others[at] === lowest) numbers[at] = Number.NaN;
  });
  for (const { dataId } of [x, other]) backend.disposeData(dataId);
  return result;
};
