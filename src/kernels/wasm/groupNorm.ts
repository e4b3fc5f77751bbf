import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type GroupNormAttributes, groupNormKernels } from '../../ops/groupNorm.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, type Range, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

type Sizes = readonly [
  rows: number,
  positions: number,
  channels: number,
  groups: number,
  share: number,
  centred: boolean,
];

const sizesIn = ({ inputs, attrs }: WasmCall<GroupNormAttributes>): Sizes => {
  const [rows = 0, positions = 0, channels = 0] = inputs.x!.shape;
  const share = Math.max(1, rows / inputs.weight!.shape[0]!);
  return [rows, positions, channels, attrs.groups, share, attrs.centred];
};

/** The fewest numbers of a part. */
const FEWEST = 16_384;

/**
 * Ranges of rows. With `whole`, those that share weights stay together: their gradients are sums.
 */
const inRows = (
  backend: WasmBackend,
  [rows, positions, channels, , share]: Sizes,
  whole: boolean,
): readonly Range[] => {
  const parts = partCount(backend, rows * positions * channels, FEWEST);
  const sharing = Math.ceil(rows / share);
  if (whole || parts < 2 || sharing >= parts) return cut(rows, parts, share);
  const inside = cut(share, Math.ceil(parts / sharing), 1);
  return Array.from({ length: sharing }, (_, at) =>
    inside.map(([first, last]) => [at * share + first, at * share + last] as const),
  ).flat();
};

/** Standardizes groups of channels, scales and shifts them; see `groupNormKernels`. */
const forward: WasmKernel<GroupNormAttributes, TensorInfo[]> = {
  name: groupNormKernels.forward,
  run: (call) => {
    const { inputs, attrs, backend } = call;
    const sizes = sizesIn(call);
    const [rows, , channels, groups] = sizes;
    const outputs = [inputs.x!.shape, [rows, groups], [rows, groups]].map((shape) =>
      backend.makeOutput(shape, 'float32'),
    );
    const [x, weight, bias, out, mean, inverse] = [
      ...[inputs.x!, inputs.weight!, inputs.bias!],
      ...outputs,
    ].map((tensor) => tensorAddress(backend, tensor)) as [number, number, number, number, number, number];
    const [, positions, , , share, centred] = sizes;
    runPartsWithScratch(
      backend,
      'groupNorm',
      kernelModule(backend).groupNormScratch(channels),
      inRows(backend, sizes, false).map(([first, last]) => {
        const skipped = 4 * first * positions * channels;
        const own = 4 * Math.floor(first / share) * channels;
        return [
          ...([last - first, positions, channels, groups, Math.min(share, last - first), centred] as const),
          ...([attrs.eps, x + skipped, weight + own, bias + own, out + skipped] as const),
          ...([mean + 4 * first * groups, inverse + 4 * first * groups] as const),
        ] as const;
      }),
    );
    return outputs;
  },
};

/** The gradients of its inputs. */
const gradient: WasmKernel<GroupNormAttributes, TensorInfo[]> = {
  name: groupNormKernels.gradient,
  run: (call) => {
    const { inputs, backend } = call;
    const module = kernelModule(backend);
    const sizes = sizesIn(call);
    const { shape } = inputs.weight!;
    const outputs = [inputs.x!.shape, shape, shape].map((each) => backend.makeOutput(each, 'float32'));
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const given = [inputs.dy, inputs.x, inputs.weight, inputs.mean, inputs.inverse].map(at);
    const [dy, x, weight, mean, inverse] = given as [number, number, number, number, number];
    const [dx, dWeight, dBias] = outputs.map(at) as [number, number, number];
    // Without rows nothing is added to the sums, and nothing written.
    if (sizes[0] === 0) for (const sum of [dWeight, dBias]) module.zero(sum, 4 * sizes[2] * shape[0]!);
    const [, positions, channels, groups, share, centred] = sizes;
    runPartsWithScratch(
      backend,
      'groupNormGradient',
      module.groupNormScratch(channels),
      inRows(backend, sizes, true).map(([first, last]) => {
        const [skipped, found] = [4 * first * positions * channels, 4 * first * groups];
        const own = 4 * (first / share) * channels;
        return [
          ...([last - first, positions, channels, groups, share, centred] as const),
          ...([dy + skipped, x + skipped, weight + own, mean + found, inverse + found] as const),
          ...([dx + skipped, dWeight + own, dBias + own] as const),
        ] as const;
      }),
    );
    return outputs;
  },
};

/** Group normalization and its gradient; see `groupNormKernels`. */
export const groupNorms: readonly WasmKernel<GroupNormAttributes, TensorInfo[]>[] = [forward, gradient];
