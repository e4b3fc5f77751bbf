import type { Geometry, Volume } from '../../ops/convolutionGeometry.ts';

/** How an image lies in scratch, padded, and where its windows and their numbers stand in it; distances in bytes. */
export interface WindowLayout {
  /** Pixels along each axis, those of the padding among them and none that no window sees. */
  readonly size: Volume;
  readonly bytes: number;
  /** The first pixel of each window. */
  readonly windows: readonly number[];
  /** A window's pixels under each tap, from its first one. */
  readonly taps: readonly number[];
  /** The numbers of a window as few runs, each without gaps: where they begin, and how many numbers each has. */
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

/** The layout of an image with `lanes` numbers a pixel. */
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
