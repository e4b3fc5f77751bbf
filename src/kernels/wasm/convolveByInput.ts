import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { type ConvolutionSizes, eachSample, ownSample, roundUpToLanes } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { cutRows, pasteImage } from './planes.ts';
import { withScratchParts, writeIntegers } from './scratch.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import { windowLayout } from './windowLayout.ts';

/**
 * The gradient of a convolution's images: for each tap, `dy` times the transposed weights under it, added to the
 * pixels under that tap.
 */
export const convolveByInput = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { dy, filter }: { readonly dy: TensorInfo; readonly filter: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const { addProductsOfRows, packRight, zero } = kernelModule(backend);
  const lanes = roundUpToLanes(take);
  const layout = windowLayout(geometry, lanes);
  const panel = lanes * give * 4;
  const rowLanes = { channels: filters, take: give, lanes: give };
  const bytes = [layout.bytes, taps * panel, windows * give * 4, windows * 4, windows * 4, 4, 128] as const;
  withScratchParts(backend, bytes, ([image, panels, rows, starts, ends, runs, spare]) => {
    writeIntegers(
      backend,
      starts,
      layout.windows.map((_, row) => row * give * 4),
    );
    writeIntegers(backend, ends, layout.windows);
    writeIntegers(backend, runs, [0]);
    eachSample(sizes, geometry, (group, sample) => {
      const weights =
        tensorAddress(backend, filter) +
        (ownSample(filter, sample) * taps * take * filters + group * give) * 4;
      for (let tap = 0; tap < taps; tap++)
        packRight(take, give, weights + tap * take * filters * 4, filters * 4, 4, panels + tap * panel);
      for (let item = 0; item < batch; item++) {
        const from = ((ownSample(dy, sample) * batch + item) * windows * filters + group * give) * 4;
        const to = ((sample * batch + item) * pixels * channels + group * take) * 4;
        cutRows(backend, windows, rowLanes, tensorAddress(backend, dy) + from, rows);
        zero(image, layout.bytes);
        layout.taps.forEach((offset, tap) => {
          addProductsOfRows(
            windows,
            lanes / 8,
            1,
            give,
            runs,
            rows,
            starts,
            panels + tap * panel,
            image + offset,
            ends,
            spare,
          );
        });
        pasteImage(
          backend,
          geometry,
          layout,
          { channels, take, lanes },
          image,
          tensorAddress(backend, out) + to,
        );
      }
    });
  });
  return out;
};
