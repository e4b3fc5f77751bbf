import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { eachNumber, type Run } from '../program.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';

/** An axis of a result whose numbers are those of another tensor. */
export interface Axis {
  readonly length: number;
  /** How far apart in the other tensor numbers are that lie next to each other along this axis. */
  readonly step: number;
  /** Places before the first number that the other tensor has, and how many it has; default: it has all. */
  readonly before?: number;
  readonly count?: number;
}

/** A tensor made of the numbers of another one. */
export interface View {
  readonly axes: readonly Axis[];
  /** The place of the first number. */
  readonly start?: number;
  /**
   * Statements of WGSL for a place `i` along an axis that the other tensor does not have, below 0 or from `count` on: they
   * make it one that it has, or write the result at `index` and return.
   */
  readonly outside?: string;
  /** Tells views of different statements apart. */
  readonly name?: string;
  readonly uniforms?: Run['uniforms'];
}

/** How far apart numbers are along each axis of a shape. */
export const stepsOf = (shape: readonly number[]): readonly number[] => [
  ...util.computeStrides([...shape]),
  1,
];

/** Axes of which the second goes on where the first has the next number are one. */
const joined = (axes: readonly Axis[]): readonly Axis[] => {
  const groups: Axis[] = [];
  for (const axis of axes) {
    const last = groups.at(-1);
    const plain = axis.count === undefined && last?.count === undefined;
    if (plain && last?.step === axis.step * axis.length)
      groups.splice(-1, 1, { length: last.length * axis.length, step: axis.step });
    else groups.push(axis);
  }
  return groups;
};

/**
 * The numbers of a tensor at other places, along any number of axes: where tfjs has a program for each rank and stops at the
 * fourth or sixth. Whole numbers stay exact, which tfjs's pass through floats.
 */
export const view = (
  backend: WebgpuBackend,
  x: TensorInfo,
  { axes, start = 0, outside = '', name = '', uniforms = {} }: View,
): TensorInfo => {
  const whole = x.dtype !== 'float32';
  const shape = axes.map(({ length }) => length);
  const table = joined(axes).flatMap(({ length, step, before = 0, count = length }) => [
    ...[length, step, before, count],
  ]);
  const rows = backend.makeTensorInfo([table.length], 'int32', Int32Array.from(table));
  const result = eachNumber(backend, {
    name: `view ${name}`,
    inputs: { x: { ...x, shape: [util.sizeFromShape(x.shape)] }, rows },
    uniforms: {
      rank: { type: 'int32', data: [table.length / 4] },
      start: { type: 'int32', data: [start] },
      ...uniforms,
    },
    shape,
    dtype: x.dtype,
    body: `
var rest = index;
var at = uniforms.start;
for (var axis = 4 * uniforms.rank - 4; axis >= 0; axis = axis - 4) {
  let length = rows[axis];
  let count = rows[axis + 3];
  let before = rest / length;
  var i = rest - before * length - rows[axis + 2];
  rest = before;
  if (i < 0 || i >= count) { ${outside} }
  at = at + i * rows[axis + 1];
}
setOutputAtIndex${whole ? 'I32' : ''}(index, x[at]);`,
  });
  backend.disposeData(rows.dataId);
  return result;
};
