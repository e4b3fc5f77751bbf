import type { backend_util } from '@tensorflow/tfjs-core';

type Volume = readonly [depth: number, height: number, width: number];

/** The windows of a convolution over images or volumes (an image is a volume of depth 1), channels last. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  readonly inputs: Volume;
  /** How many windows there are along each axis. */
  readonly outputs: Volume;
  readonly taps: Volume;
  readonly strides: Volume;
  readonly dilations: Volume;
  /** How far before the first pixel the first window begins. */
  readonly pads: Volume;
}

/** The windows that `outputs` of the given shape come from: its own count of them may be the larger by rounding. */
export const windows2d = (info: backend_util.Conv2DInfo, dy: readonly number[]): Windows => ({
  batch: info.batchSize,
  channels: info.inChannels,
  inputs: [1, info.inHeight, info.inWidth],
  outputs: [1, dy[1]!, dy[2]!],
  taps: [1, info.filterHeight, info.filterWidth],
  strides: [1, info.strideHeight, info.strideWidth],
  dilations: [1, info.dilationHeight, info.dilationWidth],
  pads: [0, info.padInfo.top, info.padInfo.left],
});

/** The same for volumes. */
export const windows3d = (info: backend_util.Conv3DInfo, dy: readonly number[]): Windows => ({
  batch: info.batchSize,
  channels: info.inChannels,
  inputs: [info.inDepth, info.inHeight, info.inWidth],
  outputs: [dy[1]!, dy[2]!, dy[3]!],
  taps: [info.filterDepth, info.filterHeight, info.filterWidth],
  strides: [info.strideDepth, info.strideHeight, info.strideWidth],
  dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
  pads: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
});

/** How many rows of windows there are in the batch. */
export const rowsOf = ({ batch, outputs: [depth, height] }: Windows): number => batch * depth * height;

/**
 * Calls a function for each row of windows and each row of taps, with their numbers and that of the row of pixels
 * that meets them, or -1 where they stand beside the image.
 */
export const eachRow = (
  { inputs, outputs, taps, strides, dilations, pads }: Windows,
  first: number,
  count: number,
  f: (row: number, tapRow: number, pixelRow: number) => void,
): void => {
  for (let row = first; row < first + count; row++) {
    const y = (row % outputs[1]) * strides[1] - pads[1];
    const volume = Math.floor(row / outputs[1]);
    const z = (volume % outputs[0]) * strides[0] - pads[0];
    const item = Math.floor(volume / outputs[0]);
    for (let tapRow = 0; tapRow < taps[0] * taps[1]; tapRow++) {
      const pixelZ = z + Math.floor(tapRow / taps[1]) * dilations[0];
      const pixelY = y + (tapRow % taps[1]) * dilations[1];
      const inside = pixelZ >= 0 && pixelZ < inputs[0] && pixelY >= 0 && pixelY < inputs[1];
      f(row, tapRow, inside ? (item * inputs[0] + pixelZ) * inputs[1] + pixelY : -1);
    }
  }
};
