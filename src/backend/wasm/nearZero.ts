import { Expm1, Log1p, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { addressOf } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** tfjs's kernel, and after it ours for the numbers near 0, where it has lost their digits. */
const mended = (name: string, nearZero: 'log1pNearZero' | 'expm1NearZero'): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const out = stock(call);
    if (x.dtype === 'float32') {
      kernelModule(backend)[nearZero](
        util.sizeFromShape(x.shape),
        addressOf(backend, x),
        addressOf(backend, out),
      );
    }
    return out;
  },
});

/** `log(1 + x)`. */
export const log1p = mended(Log1p, 'log1pNearZero');

/** `exp(x) - 1`. */
export const expm1 = mended(Expm1, 'expm1NearZero');
