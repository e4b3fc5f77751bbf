import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { type ConvolutionSizes, eachSample, ownSample, roundUpToLanes } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { cutImage, cutRows, pasteRows } from './planes.ts';
import { withScratchParts, writeIntegers } from './scratch.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import { windowLayout } from './windowLayout.ts';

/** The byte offsets of rows of this many numbers. */
const rowStarts = (rows: number, numbers: number): readonly number[] =>
  Array.from({ length: rows }, (_, row) => row * numbers * 4);

/** The convolution itself: each window times the filter, plus the bias. */
export const convolve = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { x, filter, bias }: { readonly x: TensorInfo; readonly filter: TensorInfo; readonly bias?: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const { addProductsOfRows, fillRows, packRight } = kernelModule(backend);
  const layout = windowLayout(geometry, take);
  const lanes = roundUpToLanes(give);
  const deep = taps * take;
  // Rows of full panels are written in place, others through scratch.
  const inPlace = give === filters && give === lanes;
  const rowLanes = { channels: filters, take: give, lanes };
  const bytes = [
    layout.bytes,
    deep * lanes * 4,
    inPlace ? 0 : windows * lanes * 4,
    windows * 4,
    windows * 4,
    layout.runs.length * 4,
    lanes * 4,
    128,
  ] as const;
  withScratchParts(backend, bytes, ([image, panels, rows, starts, ends, runs, start, spare]) => {
    writeIntegers(backend, starts, layout.windows);
    writeIntegers(backend, ends, rowStarts(windows, lanes));
    writeIntegers(backend, runs, layout.runs);
    eachSample(sizes, geometry, (group, sample) => {
      const weights =
        tensorAddress(backend, filter) + (ownSample(filter, sample) * deep * filters + group * give) * 4;
      packRight(give, deep, weights, 4, filters * 4, panels);
      if (bias) {
        const own = ownSample(bias, sample) * filters + group * give;
        cutRows(backend, 1, rowLanes, tensorAddress(backend, bias) + own * 4, start);
      }
      for (let item = 0; item < batch; item++) {
        const from = ((ownSample(x, sample) * batch + item) * pixels * channels + group * take) * 4;
        const to =
          tensorAddress(backend, out) + ((sample * batch + item) * windows * filters + group * give) * 4;
        const target = inPlace ? to : rows;
        cutImage(
          backend,
          geometry,
          layout,
          { channels, take, lanes: take },
          tensorAddress(backend, x) + from,
          image,
        );
        fillRows(windows, lanes, lanes * 4, bias ? start : 0, target);
        addProductsOfRows(
          windows,
          lanes / 8,
          layout.runs.length,
          layout.length,
          runs,
          image,
          starts,
          panels,
          target,
          ends,
          spare,
        );
        if (!inPlace) pasteRows(backend, windows, rowLanes, rows, to);
      }
    });
  });
  return out;
};
