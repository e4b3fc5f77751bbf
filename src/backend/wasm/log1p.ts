import { Log1p, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { addressOf } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** `log(1 + x)`: tfjs's kernel, and after it ours for the numbers near 0, where it has lost their digits. */
export const log1p: WasmKernel = {
  name: Log1p,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const out = stock(call);
    if (x.dtype === 'float32') {
      kernelModule(backend).log1pNearZero(
        util.sizeFromShape(x.shape),
        addressOf(backend, x),
        addressOf(backend, out),
      );
    }
    return out;
  },
};
