import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import { eachRow, rowsOf, type Windows } from './windows.ts';

/** So many patches at a time that they are still in the second cache when they are multiplied. */
const patchBytes = 2 ** 20;

type Part = (first: number, rows: number, patches: number, scratch: number) => void;

/** Goes through the rows of windows a few at a time, with room for their patches. */
const inParts = (backend: WasmBackend, windows: Windows, patch: number, part: Part): void => {
  const row = windows.outputs[2] * patch * 4;
  const all = rowsOf(windows);
  const most = Math.max(1, Math.min(all, Math.floor(patchBytes / Math.max(row, 1))));
  const { productScratch } = kernelModule(backend);
  withScratch(backend, productScratch() + most * row, (scratch) => {
    const patches = scratch + productScratch();
    for (let first = 0; first < all; first += most)
      part(first, Math.min(most, all - first), patches, scratch);
  });
};

/** Numbers in a patch: what one window sees. */
const patchSize = ({ taps, channels }: Windows): number => taps[0] * taps[1] * taps[2] * channels;

/**
 * The gradient of a convolution by its filter: the patches that the windows see, transposed, times `dy`, both with a
 * row for each window.
 *
 * @param dy of shape [batch, ...windows.outputs, filters]
 * @param out of shape [...windows.taps, channels, filters]
 */
export const byFilter = (
  backend: WasmBackend,
  windows: Windows,
  x: TensorInfo,
  dy: TensorInfo,
  out: TensorInfo,
): TensorInfo => {
  const { channels, inputs, outputs, taps, strides, pads } = windows;
  const { gatherRow, product, zero } = kernelModule(backend);
  const [from, slopes, to] = [addressOf(backend, x), addressOf(backend, dy), addressOf(backend, out)];
  const patch = patchSize(windows);
  const filters = dy.shape.at(-1)!;
  zero(to, patch * filters * 4);
  inParts(backend, windows, patch, (first, rows, patches, scratch) => {
    eachRow(windows, first, rows, (row, tapRow, pixelRow) =>
      gatherRow(
        outputs[2],
        taps[2],
        channels,
        pixelRow < 0 ? 0 : inputs[2],
        strides[2],
        pads[2],
        from + pixelRow * inputs[2] * channels * 4,
        patches + ((row - first) * outputs[2] * patch + tapRow * taps[2] * channels) * 4,
        patch * 4,
      ),
    );
    const right = slopes + first * outputs[2] * filters * 4;
    const deep = rows * outputs[2];
    product(patch, filters, deep, patches, 4, patch * 4, right, 4, filters * 4, to, scratch, true);
  });
  return out;
};

/**
 * The gradient of a convolution by its input: `dy` times the filter, transposed, is a patch for each window, added
 * where the window stands.
 *
 * @param dy of shape [batch, ...windows.outputs, filters]
 * @param filter of shape [...windows.taps, channels, filters]
 * @param out of shape [batch, ...windows.inputs, channels]
 */
export const byInput = (
  backend: WasmBackend,
  windows: Windows,
  dy: TensorInfo,
  filter: TensorInfo,
  out: TensorInfo,
): TensorInfo => {
  const { batch, channels, inputs, outputs, taps, strides, pads } = windows;
  const { product, scatterRow, zero } = kernelModule(backend);
  const [slopes, weights, to] = [addressOf(backend, dy), addressOf(backend, filter), addressOf(backend, out)];
  const patch = patchSize(windows);
  const filters = dy.shape.at(-1)!;
  zero(to, batch * inputs[0] * inputs[1] * inputs[2] * channels * 4);
  inParts(backend, windows, patch, (first, rows, patches, scratch) => {
    const left = slopes + first * outputs[2] * filters * 4;
    const count = rows * outputs[2];
    product(count, patch, filters, left, filters * 4, 4, weights, filters * 4, 4, patches, scratch);
    eachRow(windows, first, rows, (row, tapRow, pixelRow) => {
      if (pixelRow < 0) return;
      scatterRow(
        outputs[2],
        taps[2],
        channels,
        inputs[2],
        strides[2],
        pads[2],
        to + pixelRow * inputs[2] * channels * 4,
        patches + ((row - first) * outputs[2] * patch + tapRow * taps[2] * channels) * 4,
        patch * 4,
      );
    });
  });
  return out;
};
