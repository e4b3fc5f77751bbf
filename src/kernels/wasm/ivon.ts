import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type IvonNumbers, ivonKernel } from '../../ops/ivon.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** A step of IVON in one pass; see `ivonKernel`. */
export const ivon: WasmKernel<IvonNumbers, TensorInfo[]> = {
  name: ivonKernel,
  run: ({ inputs, attrs, backend }) => {
    const [momentum, dMean, dLogStd, logStd] = [
      inputs.momentum!,
      inputs.dMean!,
      inputs.dLogStd!,
      inputs.logStd!,
    ];
    const { rate1, coarse, rate2, scale, learningRate, clipRadius, limit } = attrs;
    const outputs = [momentum, dMean, dLogStd].map(({ shape }) => backend.makeOutput(shape, 'float32'));
    const lost = backend.makeOutput([], 'float32');
    const module = kernelModule(backend);
    withScratch(backend, module.ivonScratch(), (scratch) => {
      const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
      module.ivon(
        util.sizeFromShape(momentum.shape),
        at(momentum),
        at(dMean),
        at(dLogStd),
        at(logStd),
        at(outputs[0]),
        at(outputs[1]),
        at(outputs[2]),
        rate1,
        coarse,
        rate2,
        scale,
        learningRate,
        clipRadius,
        limit,
        at(lost),
        scratch,
      );
    });
    return [...outputs, lost];
  },
};
