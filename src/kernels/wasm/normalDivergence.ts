import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type NormalDivergenceAttributes, normalDivergenceKernels } from '../../ops/normalDivergence.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratchParts } from './scratch.ts';
import { cut, partCount, type Range, runParts, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** The numbers of which the compiled kernel writes one sum. */
const RUN = 1024;

const itemShape = ({ shape }: TensorInfo, { rank }: NormalDivergenceAttributes): number[] =>
  shape.slice(0, shape.length - rank);

const sizesOf = (mean: TensorInfo, attrs: NormalDivergenceAttributes) => {
  const items = util.sizeFromShape(itemShape(mean, attrs));
  return { items, count: items === 0 ? 0 : util.sizeFromShape(mean.shape) / items };
};

/** Ranges of each item's numbers. */
const parts = (
  backend: WasmBackend,
  { items, count }: { readonly items: number; readonly count: number },
): readonly (readonly [item: number, range: Range])[] => {
  const each = Math.ceil(partCount(backend, items * count, FEWEST) / Math.max(1, items));
  return Array.from({ length: items }, (_, item) =>
    cut(count, each, RUN).map((range) => [item, range] as const),
  ).flat();
};

/** The moments of normal distributions, and their divergence; see `normalDivergenceKernels`. */
const normalDivergence: WasmKernel<NormalDivergenceAttributes, TensorInfo[]> = {
  name: normalDivergenceKernels.forward,
  run: ({ inputs, attrs, backend }) => {
    const [mean, logStd] = [inputs.mean!, inputs.logStd!];
    const { items, count } = sizesOf(mean, attrs);
    const variance = backend.makeOutput(mean.shape, 'float32');
    const divergence = backend.makeOutput(itemShape(mean, attrs), 'float32');
    const [centres, logs, to] = [mean, logStd, variance].map((tensor) => tensorAddress(backend, tensor)) as [
      number,
      number,
      number,
    ];
    const { centre, scale } = attrs;
    const runs = Math.ceil(count / RUN);
    const { addDoubles, normalDivergenceScratch } = kernelModule(backend);
    withScratchParts(backend, [8 * items * runs], ([sums]) => {
      runPartsWithScratch(
        backend,
        'normalDivergence',
        normalDivergenceScratch(),
        parts(backend, { items, count }).map(([item, [start, end]]) => {
          const own = 4 * (item * count + start);
          return [
            ...([end - start, centres + own, logs + own, centre, scale, Math.log(scale)] as const),
            ...([to + own, sums + 8 * (item * runs + start / RUN)] as const),
          ] as const;
        }),
      );
      addDoubles(items, runs, sums, tensorAddress(backend, divergence));
    });
    backend.incRef(mean.dataId);
    return [{ dataId: mean.dataId, shape: mean.shape, dtype: 'float32' }, variance, divergence];
  },
};

/** The gradients of means and logarithms of standard deviations. */
const normalDivergenceGradient: WasmKernel<NormalDivergenceAttributes, TensorInfo[]> = {
  name: normalDivergenceKernels.gradient,
  run: ({ inputs, attrs, backend }) => {
    const { mean, logStd, variance, dMean, dVariance, dDivergence } = inputs;
    const { items, count } = sizesOf(mean!, attrs);
    const outputs = [0, 1].map(() => backend.makeOutput(mean!.shape, 'float32'));
    const pull = tensorAddress(backend, dDivergence!);
    const tensors = [mean!, logStd!, variance!, dMean, dVariance, ...outputs].map((tensor) =>
      tensor === undefined ? 0 : tensorAddress(backend, tensor),
    );
    const { centre, scale } = attrs;
    runParts(
      backend,
      'normalDivergenceGradient',
      parts(backend, { items, count }).map(([item, [start, end]]) => {
        const at = tensors.map((address) => address && address + 4 * (item * count + start));
        const [m, s, v, dm, dv, byMean, byLogStd] = at as [
          ...[number, number, number, number],
          ...[number, number, number],
        ];
        return [
          ...([end - start, m, s, v, dm, dv, pull + 4 * item] as const),
          ...([centre, 1 / scale ** 2, Math.log(scale), byMean, byLogStd] as const),
        ] as const;
      }),
    );
    return outputs;
  },
};

/** The moments of normal distributions with their divergence, and the gradient. */
export const normalDivergences: readonly WasmKernel<object>[] = [normalDivergence, normalDivergenceGradient];
