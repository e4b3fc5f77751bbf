import { backend_util, type KernelBackend, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** One reduction over adjacent axes, as the middle one of three axes `[before, count, after]`. */
export interface AxisRun {
  readonly before: number;
  readonly count: number;
  readonly after: number;
}

const sizeFromShape = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

/** The start and end of each run of adjacent axes, the last run first. */
const adjacentSpans = (axes: readonly number[]): readonly (readonly [start: number, end: number])[] => {
  const falling = [...axes].sort((a, b) => b - a);
  const ends = falling.filter((axis) => !axes.includes(axis + 1));
  return falling.filter((axis) => !axes.includes(axis - 1)).map((start, run) => [start, ends[run]! + 1]);
};

/**
 * Splits a reduction into runs of adjacent axes, the last run first: each run reduces the result of those before it.
 *
 * @example
 * axisRuns([2, 3, 4, 5], [0, 2, 3]); // [{ before: 6, count: 20, after: 1 }, { before: 1, count: 2, after: 3 }]
 */
export const axisRuns = (shape: readonly number[], axes: readonly number[]): readonly AxisRun[] => {
  const kept = (from: number): number =>
    sizeFromShape(shape.filter((_, axis) => axis >= from && !axes.includes(axis)));
  return adjacentSpans(axes).map(([start, end]) => ({
    before: sizeFromShape(shape.slice(0, start)),
    count: sizeFromShape(shape.slice(start, end)),
    after: kept(end),
  }));
};

/** The shape after a reduction over these axes. */
export const shapeAfter = (shape: number[], axes: number[], keepDims: boolean): number[] => {
  const [kept] = backend_util.computeOutAndReduceShapes(shape, axes);
  return keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
};

/** The attributes of a reduction: its axes, and whether they are kept with length 1. */
export interface Reduction {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/** The runs of a reduction, and the shape of its result. */
export interface ParsedReduction {
  readonly runs: readonly AxisRun[];
  readonly shape: number[];
}

/** Parses a reduction's attributes for a shape. */
export const parseReduction = (shape: number[], { axis, keepDims }: Reduction): ParsedReduction => {
  const axes = util.parseAxisParam(axis, shape).sort((a, b) => a - b);
  return { runs: axisRuns(shape, axes), shape: shapeAfter(shape, axes, keepDims) };
};

/** The number of elements that each element of the result reduces. */
export const reducedCount = ({ runs }: ParsedReduction): number =>
  runs.reduce((product, { count }) => product * count, 1);

/** Reduces a tensor run by run; `x` is kept, intermediates are disposed. */
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
