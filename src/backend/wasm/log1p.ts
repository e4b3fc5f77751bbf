import { Log1p, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { addressOf } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The logarithm of one more, of which tfjs's own has lost all digits near 0. */
export const log1p: WasmKernel = {
  name: Log1p,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const log = stock(call);
    if (x.dtype !== 'float32') return log;
    kernelModule(backend).correctLog1p(
      util.sizeFromShape(x.shape),
      addressOf(backend, x),
      addressOf(backend, log),
    );
    return log;
  },
};
