import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type AdamApplyNumbers, type AdamNumbers, adamApplyKernel, adamKernel } from '../../ops/adam.ts';
import { ranges, runParts } from './threads/parts.ts';
import { outputOver, tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** What a step reads, and where its results go. */
interface Step {
  readonly read: readonly [first: TensorInfo, second: TensorInfo, gradient: TensorInfo];
  readonly written: readonly [first: TensorInfo, second: TensorInfo, result: TensorInfo];
  /** If it is given, the result is the next parameters, else the direction. */
  readonly params?: TensorInfo;
}

const step = (backend: WasmBackend, { read, written, params }: Step, attrs: AdamNumbers, rate = 0): void => {
  const { rate1, rate2, coarse, tiny, scale, epsilon } = attrs;
  const tensors = [...read, ...written];
  runParts(
    backend,
    'adam',
    ranges(backend, util.sizeFromShape(read[0].shape), 16, FEWEST).map(([start, end]) => {
      const at = (tensor: TensorInfo): number => tensorAddress(backend, tensor) + 4 * start;
      const [m, v, g, nextM, nextV, result] = tensors.map(at) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return [
        ...([end - start, m, v, g, nextM, nextV, result, params === undefined ? 0 : at(params)] as const),
        ...([rate1, rate2, coarse, tiny, scale, epsilon, rate] as const),
      ] as const;
    }),
  );
};

/** An Adam step in one pass; see `adamKernel`. */
export const adam: WasmKernel<AdamNumbers, TensorInfo[]> = {
  name: adamKernel,
  run: ({ inputs, attrs, backend }) => {
    const read = [inputs.first!, inputs.second!, inputs.gradient!] as const;
    const output = ({ shape }: TensorInfo): TensorInfo => backend.makeOutput(shape, 'float32');
    const written = [output(read[0]), output(read[1]), output(read[2])] as const;
    step(backend, { read, written }, attrs);
    return [...written];
  },
};

/** The same with the parameters moved, perhaps in place; see `adamApplyKernel`. */
export const adamApply: WasmKernel<AdamApplyNumbers, TensorInfo[]> = {
  name: adamApplyKernel,
  run: ({ inputs, attrs, backend }) => {
    const output = outputOver(backend, attrs.inPlace);
    const params = inputs.params!;
    const read = [inputs.first!, inputs.second!, inputs.gradient!] as const;
    const written = [output(read[0]), output(read[1]), output(params)] as const;
    step(backend, { read, written, params }, attrs, attrs.rate);
    const [first, second, moved] = written;
    return [moved, first, second];
  },
};
