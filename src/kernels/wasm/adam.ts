import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type AdamNumbers, adamKernel } from '../../ops/adam.ts';
import { ranges, runParts } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** An Adam step in one pass; see `adamKernel`. */
export const adam: WasmKernel<AdamNumbers, TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const [first, second, gradient] = [inputs.first!, inputs.second!, inputs.gradient!];
    const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs;
    const next = [first, second, gradient].map(({ shape }) => backend.makeOutput(shape, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const count = util.sizeFromShape(first.shape);
    const tensors = [first, second, gradient, ...next].map(at) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    runParts(
      backend,
      'adam',
      ranges(backend, count, 16, FEWEST).map(([start, end]) => {
        const [m, v, g, nextM, nextV, direction] = tensors.map(
          (address) => address + 4 * start,
        ) as typeof tensors;
        return [
          ...([end - start, m, v, g, nextM, nextV, direction] as const),
          ...([rate1, rate2, coarse, tiny, scale, epsilon] as const),
        ] as const;
      }),
    );
    return next;
  },
};
