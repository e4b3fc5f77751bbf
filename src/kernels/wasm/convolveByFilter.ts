import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { type ConvolutionSizes, eachSample, ownSample, roundUpToLanes } from './convolutionSizes.ts';
import { kernelModule } from './kernelModule.ts';
import { cutImage, cutRows, pasteRows } from './planes.ts';
import { withScratchParts, writeIntegers } from './scratch.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import { windowLayout } from './windowLayout.ts';

/** The number of windows whose products are added in float32 one after the other. */
const windowsOfBlock = 128;

/** The number of blocks of windows that are added in float32; beyond it, sums are added in doubles. */
const blocksOfPart = 64;

/** The gradient of a convolution's filter: each window times its row of `dy`, summed over windows. */
export const convolveByFilter = (
  backend: WasmBackend,
  geometry: Geometry,
  sizes: ConvolutionSizes,
  { x, dy }: { readonly x: TensorInfo; readonly dy: TensorInfo },
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, filters, take, give, windows, pixels, taps } = sizes;
  const { addOuterProducts, addToDoubles, fromDoubles, zero } = kernelModule(backend);
  const layout = windowLayout(geometry, take);
  const lanes = roundUpToLanes(give);
  const { length } = layout;
  // Runs are summed four numbers at a time, and the image is read that far.
  const rowsOfRun = Math.ceil(length / 4) * 4;
  const sumBytes = layout.runs.length * rowsOfRun * lanes * 4;
  const sumCount = sumBytes / 4;
  const blocks = Math.ceil(windows / windowsOfBlock);
  const exact = batch * blocks > blocksOfPart;
  const rowLanes = { channels: filters, take: give, lanes };
  const bytes = [
    layout.bytes + 16,
    windows * lanes * 4,
    sumBytes,
    windows * 4,
    layout.runs.length * 4,
    exact ? 2 * sumBytes : 0,
  ] as const;
  withScratchParts(backend, bytes, ([image, rows, sums, starts, runs, doubles]) => {
    writeIntegers(backend, starts, layout.windows);
    writeIntegers(backend, runs, layout.runs);
    zero(image, layout.bytes + 16);
    eachSample(sizes, geometry, (group, sample) => {
      zero(sums, sumBytes);
      if (exact) zero(doubles, 2 * sumBytes);
      const keep = (): void => {
        addToDoubles(sumCount, sums, doubles);
        zero(sums, sumBytes);
      };
      let added = 0;
      for (let item = 0; item < batch; item++) {
        const from = ((ownSample(x, sample) * batch + item) * pixels * channels + group * take) * 4;
        const slope = ((ownSample(dy, sample) * batch + item) * windows * filters + group * give) * 4;
        cutImage(
          backend,
          geometry,
          layout,
          { channels, take, lanes: take },
          tensorAddress(backend, x) + from,
          image,
        );
        cutRows(backend, windows, rowLanes, tensorAddress(backend, dy) + slope, rows);
        for (let from = 0; from < windows; from += windowsOfBlock) {
          const count = Math.min(windowsOfBlock, windows - from);
          const [first, slopes] = [starts + 4 * from, rows + 4 * from * lanes];
          addOuterProducts(count, lanes / 8, layout.runs.length, length, runs, image, first, slopes, sums);
          if (++added % blocksOfPart === 0 && exact) keep();
        }
      }
      if (exact) {
        keep();
        fromDoubles(sumCount, doubles, 1, sums);
      }
      layout.runs.forEach((_, run) => {
        const to = ((sample * taps * take + run * length) * filters + group * give) * 4;
        pasteRows(
          backend,
          length,
          rowLanes,
          sums + run * rowsOfRun * lanes * 4,
          tensorAddress(backend, out) + to,
        );
      });
    });
  });
  return out;
};
