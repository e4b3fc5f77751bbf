import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Geometry } from '../convolutionGeometry.ts';
import { type ConvolutionSizes, ownSample } from './convolutionSizes.ts';
import { eachRow } from './eachRow.ts';
import { kernelModule } from './kernelModule.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';

/** The tensors of a convolution of which each channel has filters of its own. One of them is the result. */
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

/** Whether each channel is a group: then there are no products of matrices, only sums of products of rows. */
export const isDepthwise = ({ take }: ConvolutionSizes, { groups }: Geometry): boolean =>
  take === 1 && groups > 1;

/** Runs a kernel over all rows of windows; it adds to one of the three tensors, which must be set before. */
const overRows =
  (kernel: 'depthwiseRow' | 'depthwiseFilterRow' | 'depthwiseInputRow') =>
  (backend: WasmBackend, geometry: Geometry, sizes: ConvolutionSizes, { image, dy, filter }: Parts): void => {
    const { samples, batch, channels, filters, windows, pixels } = sizes;
    const { inputs, outputs, taps, strides, dilations, pads } = geometry;
    const { [kernel]: run } = kernelModule(backend);
    for (let sample = 0; sample < samples; sample++) {
      const from = addressOf(backend, image) + ownSample(image, sample) * batch * pixels * channels * 4;
      const slopes = addressOf(backend, dy) + ownSample(dy, sample) * batch * windows * filters * 4;
      const weights = addressOf(backend, filter) + ownSample(filter, sample) * sizes.taps * filters * 4;
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
  kernelModule(backend).zero(addressOf(backend, out), util.sizeFromShape(out.shape) * 4);

const adding =
  (kernel: 'depthwiseFilterRow' | 'depthwiseInputRow', result: keyof Parts): Depthwise =>
  (backend, geometry, sizes, parts) => {
    clear(backend, parts[result]);
    overRows(kernel)(backend, geometry, sizes, parts);
    return parts[result];
  };

/** Convolutions of which each channel has filters of its own, and their gradients. */
export const depthwise: Readonly<Record<'forward' | 'byInput' | 'byFilter', Depthwise>> = {
  forward: (backend, geometry, sizes, parts, bias) => {
    const { samples, batch, filters, windows } = sizes;
    const rows = batch * windows;
    for (let sample = 0; sample < samples; sample++) {
      const from = bias ? addressOf(backend, bias) + ownSample(bias, sample) * filters * 4 : 0;
      const to = addressOf(backend, parts.dy) + sample * rows * filters * 4;
      kernelModule(backend).fillRows(rows, filters, filters * 4, from, to);
    }
    overRows('depthwiseRow')(backend, geometry, sizes, parts);
    return parts.dy;
  },
  byInput: adding('depthwiseInputRow', 'image'),
  byFilter: adding('depthwiseFilterRow', 'filter'),
};
