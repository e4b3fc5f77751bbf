import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type GroupNormAttributes, groupNormKernels } from '../../ops/groupNorm.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress } from './wasmBackend.ts';
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

/** Standardizes groups of channels, scales and shifts them; see `groupNormKernels`. */
const forward: WasmKernel<GroupNormAttributes, TensorInfo[]> = {
  name: groupNormKernels.forward,
  run: (call) => {
    const { inputs, attrs, backend } = call;
    const module = kernelModule(backend);
    const sizes = sizesIn(call);
    const [rows, , channels, groups] = sizes;
    const outputs = [inputs.x!.shape, [rows, groups], [rows, groups]].map((shape) =>
      backend.makeOutput(shape, 'float32'),
    );
    const [x, weight, bias, out, mean, inverse] = [
      ...[inputs.x!, inputs.weight!, inputs.bias!],
      ...outputs,
    ].map((tensor) => tensorAddress(backend, tensor)) as [number, number, number, number, number, number];
    withScratch(backend, module.groupNormScratch(channels), (scratch) =>
      module.groupNorm(...sizes, attrs.eps, x, weight, bias, out, mean, inverse, scratch),
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
    withScratch(backend, module.groupNormScratch(sizes[2]), (scratch) =>
      module.groupNormGradient(...sizes, dy, x, weight, mean, inverse, dx, dWeight, dBias, scratch),
    );
    return outputs;
  },
};

/** Group normalization and its gradient; see `groupNormKernels`. */
export const groupNorms: readonly WasmKernel<GroupNormAttributes, TensorInfo[]>[] = [forward, gradient];
