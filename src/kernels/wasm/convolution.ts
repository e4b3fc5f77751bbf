import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { convolutionKernels } from '../../ops/gradients/convolution.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { convolve, convolveByFilter, convolveByInput } from './convolve.ts';
import { depthwise, isDepthwise } from './depthwise.ts';
import type { WasmKernel } from './wasmKernel.ts';

const most = (...tensors: readonly TensorInfo[]): number =>
  Math.max(...tensors.map(({ shape }) => shape[0]!));

const forward: WasmKernel<Geometry> = {
  name: convolutionKernels.forward,
  run: ({ inputs, attrs: geometry, backend }) => {
    const [x, filter, bias] = [inputs.x!, inputs.filter!, inputs.bias];
    const samples = most(x, filter, ...(bias ? [bias] : []));
    const sizes = convolutionSizes(geometry, samples, x.shape[1]!, x.shape.at(-1)!, filter.shape.at(-1)!);
    const out = backend.makeOutput([samples, sizes.batch, ...geometry.outputs, sizes.filters], 'float32');
    return isDepthwise(sizes, geometry)
      ? depthwise.forward(backend, geometry, sizes, { image: x, filter, dy: out }, bias)
      : convolve(backend, geometry, sizes, { x, filter, ...(bias ? { bias } : {}) }, out);
  },
};

const byInput: WasmKernel<Geometry> = {
  name: convolutionKernels.byInput,
  run: ({ inputs, attrs: geometry, backend }) => {
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    const samples = most(dy, filter);
    const channels = filter.shape.at(-2)! * geometry.groups;
    const sizes = convolutionSizes(geometry, samples, dy.shape[1]!, channels, dy.shape.at(-1)!);
    const out = backend.makeOutput([samples, sizes.batch, ...geometry.inputs, channels], 'float32');
    return isDepthwise(sizes, geometry)
      ? depthwise.byInput(backend, geometry, sizes, { image: out, filter, dy })
      : convolveByInput(backend, geometry, sizes, { dy, filter }, out);
  },
};

const byFilter: WasmKernel<Geometry> = {
  name: convolutionKernels.byFilter,
  run: ({ inputs, attrs: geometry, backend }) => {
    const [x, dy] = [inputs.x!, inputs.dy!];
    const samples = most(x, dy);
    const sizes = convolutionSizes(geometry, samples, x.shape[1]!, x.shape.at(-1)!, dy.shape.at(-1)!);
    const out = backend.makeOutput([samples, ...geometry.taps, sizes.take, sizes.filters], 'float32');
    return isDepthwise(sizes, geometry)
      ? depthwise.byFilter(backend, geometry, sizes, { image: x, filter: out, dy })
      : convolveByFilter(backend, geometry, sizes, { x, dy }, out);
  },
};

/** Convolutions and their gradients with a sample axis; see `convolutionKernels`. */
export const sampledConvolutions: readonly WasmKernel<Geometry>[] = [forward, byInput, byFilter];
