import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type AddNoiseAttributes, addNoiseKernels } from '../../ops/addNoise.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, type Range, ranges, runParts, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 16_384;

interface Sizes {
  readonly items: number;
  readonly repeats: number;
  /** The numbers of an item. */
  readonly count: number;
}

const sizesOf = (variance: TensorInfo, noise: TensorInfo, { rank }: AddNoiseAttributes): Sizes => {
  const items = util.sizeFromShape(variance.shape.slice(0, variance.shape.length - rank));
  const size = util.sizeFromShape(variance.shape);
  return {
    items,
    repeats: size === 0 ? 0 : util.sizeFromShape(noise.shape) / size,
    count: items === 0 ? 0 : size / items,
  };
};

/** Ranges of each item's numbers, with the items before them. */
const parts = (
  backend: WasmBackend,
  { items, repeats, count }: Sizes,
): readonly (readonly [item: number, range: Range])[] => {
  const each = Math.ceil(partCount(backend, items * repeats * count, FEWEST) / Math.max(1, items));
  return Array.from({ length: items }, (_, item) =>
    cut(count, each, 16).map((range) => [item, range] as const),
  ).flat();
};

/** Outputs with noise; see `addNoiseKernels`. */
const addNoise: WasmKernel<AddNoiseAttributes, TensorInfo> = {
  name: addNoiseKernels.forward,
  run: ({ inputs, attrs, backend }) => {
    const [location, variance, noise] = [inputs.location!, inputs.variance!, inputs.noise!];
    const sizes = sizesOf(variance, noise, attrs);
    // Without repeats all items are one.
    const { items, repeats, count } =
      sizes.repeats === 1 ? { items: 1, repeats: 1, count: sizes.items * sizes.count } : sizes;
    const out = backend.makeOutput(noise.shape, 'float32');
    const [from, spread, each, to] = [location, variance, noise, out].map((tensor) =>
      tensorAddress(backend, tensor),
    ) as [number, number, number, number];
    runParts(
      backend,
      'addNoise',
      parts(backend, { items, repeats, count }).map(([item, [start, end]]) => {
        const [own, repeated] = [4 * (item * count + start), 4 * (item * repeats * count + start)];
        const shared = [from + own, spread + own] as const;
        return [end - start, repeats, 4 * count, ...shared, each + repeated, to + repeated] as const;
      }),
    );
    return out;
  },
};

/** The gradients of location and variance without repeats. */
const each = (
  backend: WasmBackend,
  dy: TensorInfo,
  variance: TensorInfo,
  noise: TensorInfo,
): TensorInfo[] => {
  const out = backend.makeOutput(variance.shape, 'float32');
  const tensors = [dy, variance, noise, out].map((tensor) => tensorAddress(backend, tensor));
  runParts(
    backend,
    'addNoiseGradient',
    ranges(backend, util.sizeFromShape(variance.shape), 16, FEWEST).map(([start, end]) => {
      const [slopes, spread, by, to] = tensors.map((address) => address + 4 * start) as [
        number,
        number,
        number,
        number,
      ];
      return [end - start, slopes, spread, by, to] as const;
    }),
  );
  backend.incRef(dy.dataId);
  return [{ dataId: dy.dataId, shape: variance.shape, dtype: 'float32' }, out];
};

/** The gradients of location and variance. */
const addNoiseGradient: WasmKernel<AddNoiseAttributes, TensorInfo[]> = {
  name: addNoiseKernels.gradient,
  run: ({ inputs, attrs, backend }) => {
    const [dy, variance, noise] = [inputs.dy!, inputs.variance!, inputs.noise!];
    const { items, repeats, count } = sizesOf(variance, noise, attrs);
    if (repeats === 1) return each(backend, dy, variance, noise);
    const outputs = [0, 1].map(() => backend.makeOutput(variance.shape, 'float32'));
    const [slopes, spread, by, dLocation, dVariance] = [dy, variance, noise, ...outputs].map((tensor) =>
      tensorAddress(backend, tensor),
    ) as [number, number, number, number, number];
    runPartsWithScratch(
      backend,
      'addNoiseSums',
      kernelModule(backend).addNoiseScratch(),
      parts(backend, { items, repeats, count }).map(([item, [start, end]]) => {
        const [own, repeated] = [4 * (item * count + start), 4 * (item * repeats * count + start)];
        return [
          ...([end - start, repeats, 4 * count, slopes + repeated, spread + own] as const),
          ...([by + repeated, dLocation + own, dVariance + own] as const),
        ] as const;
      }),
    );
    return outputs;
  },
};

/** Outputs with noise, and their gradient. */
export const addNoises: readonly WasmKernel<object>[] = [addNoise, addNoiseGradient];
