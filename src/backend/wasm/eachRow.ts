import type { Geometry } from '../convolutionGeometry.ts';

/**
 * Calls a function for each row of windows in a batch and each row of taps that meets the image there, with their
 * numbers and that of the row of pixels that they meet.
 */
export const eachRow = (
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
