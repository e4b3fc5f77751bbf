import { Exp, Expm1, Identity, Log1p, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { reluGradientKernel } from '../../ops/relu.ts';
import { kernelModule } from './kernelModule.ts';
import { ranges, runParts, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

const byFour = (name: string, kernel: 'exp' | 'expm1'): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    if (x.dtype !== 'float32') return stock(call);
    const out = backend.makeOutput(x.shape, 'float32');
    const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
    runPartsWithScratch(
      backend,
      kernel,
      kernelModule(backend).expScratch(),
      ranges(backend, util.sizeFromShape(x.shape), 16, FEWEST).map(
        ([start, end]) => [end - start, from + 4 * start, to + 4 * start] as const,
      ),
    );
    return out;
  },
});

/** The exponential function, four numbers at a time; tfjs's own takes ten times as long. Denormal results are 0. */
export const exp: WasmKernel = byFour(Exp, 'exp');

/** The exponential function minus one, likewise. */
export const expm1: WasmKernel = byFour(Expm1, 'expm1');

/** The gradient of the rectifier in one pass; see `reluGradientKernel`. */
export const reluGradient: WasmKernel<object, TensorInfo> = {
  name: reluGradientKernel,
  run: ({ inputs, backend }) => {
    const { dy, y } = inputs;
    const out = backend.makeOutput(y!.shape, 'float32');
    const [slopes, from, to] = [dy!, y!, out].map((tensor) => tensorAddress(backend, tensor)) as [
      number,
      number,
      number,
    ];
    runParts(
      backend,
      'reluGradient',
      ranges(backend, util.sizeFromShape(y!.shape), 16, 32_768).map(([start, end]) => {
        const skipped = 4 * start;
        return [end - start, slopes + skipped, from + skipped, to + skipped] as const;
      }),
    );
    return out;
  },
};

/** `log(1 + x)`: tfjs's kernel, then ours for the numbers near 0, where it loses digits. */
export const log1p: WasmKernel = {
  name: Log1p,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const out = stock(call);
    if (x.dtype === 'float32') {
      kernelModule(backend).log1pNearZero(
        util.sizeFromShape(x.shape),
        tensorAddress(backend, x),
        tensorAddress(backend, out),
      );
    }
    return out;
  },
};

/**
 * A tensor that shares its data with another, as on every other backend; tfjs's own kernel copies it. The tape runs
 * this for each tensor that it saves.
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
