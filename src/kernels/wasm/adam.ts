import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../../ops/adam.ts';
import { kernelModule } from './kernelModule.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** An Adam step in one pass; see `adamKernel`. */
export const adam: WasmKernel<AdamNumbers, TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const [first, second, gradient] = [inputs.first!, inputs.second!, inputs.gradient!];
    const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs;
    const next = [first, second, gradient].map(({ shape }) => backend.makeOutput(shape, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    kernelModule(backend).adam(
      util.sizeFromShape(first.shape),
      at(first),
      at(second),
      at(gradient),
      at(next[0]),
      at(next[1]),
      at(next[2]),
      rate1,
      rate2,
      coarse,
      tiny,
      scale,
      epsilon,
    );
    return next;
  },
};
