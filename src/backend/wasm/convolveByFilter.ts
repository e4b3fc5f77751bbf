import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../convolutionGeometry.ts';
import { type ConvolutionSizes, eachSample, lanesOf, ownSample } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { withPieces, writeIntegers } from './pieces.ts';
import { cutImage, cutRows, pasteRows } from './planes.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import { windowLayout } from './windowLayout.ts';

/** The gradient of a convolution by its filter: each window's numbers times its row of `dy`, summed over windows. */
export const convolveByFilter = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { x, dy }: { readonly x: TensorInfo; readonly dy: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const { addOuterProducts, zero } = kernelModule(backend);
  const layout = windowLayout(geometry, take);
  const lanes = lanesOf(give);
  const { length } = layout;
  // Runs are summed four numbers at a time, and the image is read as far.
  const rowsOfRun = Math.ceil(length / 4) * 4;
  const sumBytes = layout.runs.length * rowsOfRun * lanes * 4;
  const rowLanes = { channels: filters, take: give, lanes };
  const bytes = [
    layout.bytes + 16,
    windows * lanes * 4,
    sumBytes,
    windows * 4,
    layout.runs.length * 4,
  ] as const;
  withPieces(backend, bytes, ([image, rows, sums, starts, runs]) => {
    writeIntegers(backend, starts, layout.windows);
    writeIntegers(backend, runs, layout.runs);
    zero(image, layout.bytes + 16);
    eachSample(sizes, geometry, (group, sample) => {
      zero(sums, sumBytes);
      for (let item = 0; item < batch; item++) {
        const from = ((ownSample(x, sample) * batch + item) * pixels * channels + group * take) * 4;
        const slope = ((ownSample(dy, sample) * batch + item) * windows * filters + group * give) * 4;
        cutImage(
          backend,
          geometry,
          layout,
          { channels, take, lanes: take },
          addressOf(backend, x) + from,
          image,
        );
        cutRows(backend, windows, rowLanes, addressOf(backend, dy) + slope, rows);
        addOuterProducts(windows, lanes / 8, layout.runs.length, length, runs, image, starts, rows, sums);
      }
      layout.runs.forEach((_, run) => {
        const to = ((sample * taps * take + run * length) * filters + group * give) * 4;
        pasteRows(
          backend,
          length,
          rowLanes,
          sums + run * rowsOfRun * lanes * 4,
          addressOf(backend, out) + to,
        );
      });
    });
  });
  return out;
};
