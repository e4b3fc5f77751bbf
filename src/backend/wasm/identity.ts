import { Identity } from '@tensorflow/tfjs-core';
import type { WasmKernel } from './wasmKernel.ts';

/**
 * A tensor that shares its data with another, as on every other backend; tfjs's own kernel copies them. The tape makes
 * one of each tensor that it saves.
 */
export const identity: WasmKernel = {
  name: Identity,
  run: (call, stock) => {
    const { dataId, shape, dtype } = call.inputs.x!;
    if (dtype === 'string') return stock(call);
    call.backend.incRef(dataId);
    return { dataId, shape, dtype };
  },
};
