import type { Geometry, Volume } from '../../ops/convolutionGeometry.ts';

/** The layout of a padded image in scratch, and of its windows in it; offsets in bytes. */
export interface WindowLayout {
  /** The pixels along each axis, including padding and excluding pixels that no window covers. */
  readonly size: Volume;
  readonly bytes: number;
  /** The offset of each window's first pixel. */
  readonly windows: readonly number[];
  /** The offset of the pixel under each tap from the window's first pixel. */
  readonly taps: readonly number[];
  /** A window as a few contiguous runs: their offsets, and the length of each. */
  readonly runs: readonly number[];
  readonly length: number;
}

const count = ([depth, height, width]: Volume): number => depth * height * width;

/** Calls a function for each point of a grid, the last axis fastest. */
const points = (
  [depth, height, width]: Volume,
  f: (z: number, y: number, x: number) => number,
): readonly number[] =>
  Array.from({ length: count([depth, height, width]) }, (_, at) =>
    f(Math.floor(at / (width * height)), Math.floor(at / width) % height, at % width),
  );

/** The layout of an image with `lanes` numbers per pixel. */
export const windowLayout = (
  { outputs, taps, strides, dilations }: Geometry,
  lanes: number,
): WindowLayout => {
  const pixels = (axis: 0 | 1 | 2): number =>
    (outputs[axis] - 1) * strides[axis] + (taps[axis] - 1) * dilations[axis] + 1;
  const size: Volume = [pixels(0), pixels(1), pixels(2)];
  const at = (z: number, y: number, x: number): number => ((z * size[1] + y) * size[2] + x) * lanes * 4;
  const under = (kernel: Volume): readonly number[] =>
    points(kernel, (z, y, x) => at(z * dilations[0], y * dilations[1], x * dilations[2]));
  const inOne = dilations[2] === 1;
  return {
    size,
    bytes: count(size) * lanes * 4,
    windows: points(outputs, (z, y, x) => at(z * strides[0], y * strides[1], x * strides[2])),
    taps: under(taps),
    runs: under(inOne ? [taps[0], taps[1], 1] : taps),
    length: inOne ? taps[2] * lanes : lanes,
  };
};
