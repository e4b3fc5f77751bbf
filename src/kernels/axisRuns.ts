import { backend_util, type KernelBackend, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** Numbers that lie `after` apart, `count` of them to be reduced to one, `before` times: axes `[before, count, after]`. */
export interface AxisRun {
  readonly before: number;
  readonly count: number;
  readonly after: number;
}

const sizeOf = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

/** Where runs of neighbours among the axes start and end, the last run first. */
const spansOf = (axes: readonly number[]): readonly (readonly [start: number, end: number])[] => {
  const falling = [...axes].sort((a, b) => b - a);
  const ends = falling.filter((axis) => !axes.includes(axis + 1));
  return falling.filter((axis) => !axes.includes(axis - 1)).map((start, run) => [start, ends[run]! + 1]);
};

/**
 * What is to be reduced, one run of neighbouring axes after the other, the last first: each run is of what those before
 * it have left.
 *
 * @example
 * axisRuns([2, 3, 4, 5], [0, 2, 3]); // [{ before: 6, count: 20, after: 1 }, { before: 1, count: 2, after: 3 }]
 */
export const axisRuns = (shape: readonly number[], axes: readonly number[]): readonly AxisRun[] => {
  const kept = (from: number): number =>
    sizeOf(shape.filter((_, axis) => axis >= from && !axes.includes(axis)));
  return spansOf(axes).map(([start, end]) => ({
    before: sizeOf(shape.slice(0, start)),
    count: sizeOf(shape.slice(start, end)),
    after: kept(end),
  }));
};

/** The shape that a reduction over these axes leaves. */
export const shapeAfter = (shape: number[], axes: number[], keepDims: boolean): number[] => {
  const [kept] = backend_util.computeOutAndReduceShapes(shape, axes);
  return keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
};

/** How a kernel is told to reduce: over which axes, and whether they stay as axes of length 1. */
export interface Reduction {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/** What is to be reduced, run by run, and the shape that is left. */
export interface ParsedReduction {
  readonly runs: readonly AxisRun[];
  readonly shape: number[];
}

/** A reduction of a tensor of a shape. */
export const parseReduction = (shape: number[], { axis, keepDims }: Reduction): ParsedReduction => {
  const axes = util.parseAxisParam(axis, shape).sort((a, b) => a - b);
  return { runs: axisRuns(shape, axes), shape: shapeAfter(shape, axes, keepDims) };
};

/** How many numbers each one of the result is made of. */
export const countOf = ({ runs }: ParsedReduction): number =>
  runs.reduce((product, { count }) => product * count, 1);

/** Reduces a tensor run by run; `x` stays the caller's, what lies between is disposed. */
export const reduceRuns = (
  backend: KernelBackend,
  x: TensorInfo,
  { runs, shape }: ParsedReduction,
  reduce: (x: TensorInfo, run: AxisRun) => TensorInfo,
): TensorInfo => {
  const reduced = runs.reduce((from, run) => {
    const to = reduce(from, run);
    if (from !== x) backend.disposeData(from.dataId);
    return to;
  }, x);
  return { ...reduced, shape };
};
