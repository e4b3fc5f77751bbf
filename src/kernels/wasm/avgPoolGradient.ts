import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type AvgPoolGradientAttributes, avgPoolGradientKernel } from '../../ops/gradients/pooling.ts';
import { cut, partCount, runParts } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** The gradient of average pooling; see `avgPoolGradientKernel`. */
export const avgPoolGradient: WasmKernel<AvgPoolGradientAttributes, TensorInfo> = {
  name: avgPoolGradientKernel,
  run: ({ inputs, attrs, backend }) => {
    const dy = inputs.dy!;
    const [images = 0, height = 0, width = 0, channels = 0] = attrs.inputShape;
    const [, rows = 0, columns = 0] = dy.shape;
    const [down, across] = attrs.windows;
    const out = backend.makeOutput([...attrs.inputShape], 'float32');
    const [from, to] = [tensorAddress(backend, dy), tensorAddress(backend, out)];
    const [pixels, windows] = [4 * height * width * channels, 4 * rows * columns * channels];
    runParts(
      backend,
      'avgPoolGradient',
      cut(images, partCount(backend, images * height * width * channels, FEWEST), 1).map(
        ([first, last]) =>
          [
            ...([last - first, channels, height, width, rows, columns] as const),
            ...([down.size, across.size, down.stride, across.stride, down.before, across.before] as const),
            ...([from + first * windows, to + first * pixels] as const),
          ] as const,
      ),
    );
    return out;
  },
};
