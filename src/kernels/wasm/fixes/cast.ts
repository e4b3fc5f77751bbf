import { Cast, Identity, NotEqual, type TensorInfo } from '@tensorflow/tfjs-core';
import { kernelModule } from '../kernelModule.ts';
import { tensorAddress } from '../wasmBackend.ts';
import { step, type WasmCall, type WasmKernel } from '../wasmKernel.ts';

const notZero = (call: WasmCall, x: TensorInfo): TensorInfo => {
  const { backend } = call;
  const zero = backend.makeOutput([], x.dtype);
  kernelModule(backend).zero(tensorAddress(backend, zero), 4);
  const out = step(NotEqual, { a: x, b: zero }, call);
  backend.disposeData(zero.dataId);
  return out;
};

/**
 * Casts a tensor. To its own dtype it shares the data; tfjs's own kernel copies it. A cast to boolean is true for
 * every number that is not 0; tfjs's own kernel returns false for 0.5 and 255 for -1.
 */
export const cast: WasmKernel = {
  name: Cast,
  run: (call, stock) => {
    const x = call.inputs.x!;
    if (x.dtype === call.attrs.dtype) return step(Identity, { x }, call);
    return call.attrs.dtype === 'bool' && (x.dtype === 'float32' || x.dtype === 'int32')
      ? notZero(call, x)
      : stock(call);
  },
};
