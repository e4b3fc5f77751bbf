import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { type ConvolutionSizes, ownSample } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';

/**
 * Calls a function for each row of windows in a batch and each row of taps that overlaps the image there, with the
 * indices of both and of the row of pixels under them.
 */
const eachRow = (
  { inputs, outputs, taps, strides, dilations, pads }: Geometry,
  batch: number,
  f: (row: number, tapRow: number, pixelRow: number) => void,
): void => {
  for (let row = 0; row < batch * outputs[0] * outputs[1]; row++) {
    const y = (row % outputs[1]) * strides[1] - pads[1];
    const volume = Math.floor(row / outputs[1]);
    const z = (volume % outputs[0]) * strides[0] - pads[0];
    const item = Math.floor(volume / outputs[0]);
    for (let tapRow = 0; tapRow < taps[0] * taps[1]; tapRow++) {
      const pixelZ = z + Math.floor(tapRow / taps[1]) * dilations[0];
      const pixelY = y + (tapRow % taps[1]) * dilations[1];
      if (pixelZ >= 0 && pixelZ < inputs[0] && pixelY >= 0 && pixelY < inputs[1])
        f(row, tapRow, (item * inputs[0] + pixelZ) * inputs[1] + pixelY);
    }
  }
};

/** The tensors of a depthwise convolution. One of them is the result. */
interface Parts {
  readonly image: TensorInfo;
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

type Depthwise = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  parts: Parts,
  bias?: TensorInfo,
) => TensorInfo;

/** Whether each channel is a group: then there are no matrix products, only sums of products of rows. */
export const isDepthwise = ({ take }: ConvolutionSizes, { groups }: Geometry): boolean =>
  take === 1 && groups > 1;

/** Runs a kernel over all rows of windows; it adds to one of the three tensors, which must be initialised. */
const overRows =
  (kernel: 'depthwiseRow' | 'depthwiseFilterRow' | 'depthwiseInputRow') =>
  (backend: WasmBackend, geometry: Geometry, sizes: ConvolutionSizes, { image, dy, filter }: Parts): void => {
    const { samples, batch, channels, filters, windows, pixels } = sizes;
    const { inputs, outputs, taps, strides, dilations, pads } = geometry;
    const { [kernel]: run } = kernelModule(backend);
    for (let sample = 0; sample < samples; sample++) {
      const from = tensorAddress(backend, image) + ownSample(image, sample) * batch * pixels * channels * 4;
      const slopes = tensorAddress(backend, dy) + ownSample(dy, sample) * batch * windows * filters * 4;
      const weights = tensorAddress(backend, filter) + ownSample(filter, sample) * sizes.taps * filters * 4;
      eachRow(geometry, batch, (row, tapRow, pixelRow) =>
        run(
          outputs[2],
          taps[2],
          channels,
          filters / channels,
          inputs[2],
          strides[2],
          dilations[2],
          pads[2],
          from + pixelRow * inputs[2] * channels * 4,
          slopes + row * outputs[2] * filters * 4,
          weights + tapRow * taps[2] * filters * 4,
        ),
      );
    }
  };

const clear = (backend: WasmBackend, out: TensorInfo): void =>
  kernelModule(backend).zero(tensorAddress(backend, out), util.sizeFromShape(out.shape) * 4);

const adding =
  (kernel: 'depthwiseFilterRow' | 'depthwiseInputRow', result: keyof Parts): Depthwise =>
  (backend, geometry, sizes, parts) => {
    clear(backend, parts[result]);
    overRows(kernel)(backend, geometry, sizes, parts);
    return parts[result];
  };

/** The number of windows whose products are added in float32; the sums of these blocks are added in doubles. */
const windowsOfBlock = 128;

const byFilter: Depthwise = (backend, geometry, sizes, parts) => {
  const { samples, batch, channels, filters, windows, pixels } = sizes;
  const { inputs, outputs, taps, strides, dilations, pads } = geometry;
  if (batch * windows <= windowsOfBlock)
    return adding('depthwiseFilterRow', 'filter')(backend, geometry, sizes, parts);
  const { addToDoubles, depthwiseFilterRow, fromDoubles, zero } = kernelModule(backend);
  const [width, tapRows, numbers] = [outputs[2], taps[0] * taps[1], taps[2] * filters];
  withScratch(backend, 8 * tapRows * numbers + 8, (doubles) => {
    for (let sample = 0; sample < samples; sample++) {
      const from =
        tensorAddress(backend, parts.image) + ownSample(parts.image, sample) * batch * pixels * channels * 4;
      const slopes =
        tensorAddress(backend, parts.dy) + ownSample(parts.dy, sample) * batch * windows * filters * 4;
      const weights = tensorAddress(backend, parts.filter) + sample * tapRows * numbers * 4;
      const added = Array<number>(tapRows).fill(0);
      const keep = (tapRow: number): void => {
        addToDoubles(numbers, weights + 4 * tapRow * numbers, doubles + 8 * tapRow * numbers);
        zero(weights + 4 * tapRow * numbers, 4 * numbers);
        added[tapRow] = 0;
      };
      zero(weights, 4 * tapRows * numbers);
      zero(doubles, 8 * tapRows * numbers);
      eachRow(geometry, batch, (row, tapRow, pixelRow) => {
        for (let first = 0; first < width; first += windowsOfBlock) {
          const count = Math.min(windowsOfBlock, width - first);
          if (added[tapRow]! + count > windowsOfBlock) keep(tapRow);
          added[tapRow]! += count;
          depthwiseFilterRow(
            count,
            taps[2],
            channels,
            filters / channels,
            inputs[2],
            strides[2],
            dilations[2],
            pads[2] - first * strides[2],
            from + pixelRow * inputs[2] * channels * 4,
            slopes + (row * width + first) * filters * 4,
            weights + 4 * tapRow * numbers,
          );
        }
      });
      for (let tapRow = 0; tapRow < tapRows; tapRow++) keep(tapRow);
      fromDoubles(tapRows * numbers, doubles, 1, weights);
    }
  });
  return parts.filter;
};

/** Depthwise convolutions and their gradients. */
export const depthwise: Readonly<Record<'forward' | 'byInput' | 'byFilter', Depthwise>> = {
  forward: (backend, geometry, sizes, parts, bias) => {
    const { samples, batch, filters, windows } = sizes;
    const rows = batch * windows;
    for (let sample = 0; sample < samples; sample++) {
      const from = bias ? tensorAddress(backend, bias) + ownSample(bias, sample) * filters * 4 : 0;
      const to = tensorAddress(backend, parts.dy) + sample * rows * filters * 4;
      kernelModule(backend).fillRows(rows, filters, filters * 4, from, to);
    }
    overRows('depthwiseRow')(backend, geometry, sizes, parts);
    return parts.dy;
  },
  byInput: adding('depthwiseInputRow', 'image'),
  byFilter,
};
