import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { eachNumber, type Run } from '../program.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';

/** An axis of a view of another tensor. */
export interface Axis {
  readonly length: number;
  /** The stride of this axis in the other tensor. */
  readonly step: number;
  /** The positions before the other tensor's first element, and the number of its elements; default: all. */
  readonly before?: number;
  readonly count?: number;
}

/** A view of another tensor. */
export interface View {
  readonly axes: readonly Axis[];
  /** The index of the first element. */
  readonly start?: number;
  /**
   * WGSL statements for a position `i` outside the other tensor, below 0 or from `count` on: they set it to one
   * inside, or write the result at `index` and return.
   */
  readonly outside?: string;
  /** Distinguishes views with different statements. */
  readonly name?: string;
  readonly uniforms?: Run['uniforms'];
}

/** The stride of each axis of a shape. */
export const axisStrides = (shape: readonly number[]): readonly number[] => [
  ...util.computeStrides([...shape]),
  1,
];

/** Merges adjacent axes that are contiguous in the other tensor. */
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
 * A copy of a tensor's elements in other positions, at any rank: tfjs has a program per rank, up to the fourth or
 * sixth. Integers stay exact; tfjs's programs pass them through floats.
 */
export const view = (
  backend: WebgpuBackend,
  x: TensorInfo,
  { axes, start = 0, outside = '', name = '', uniforms = {} }: View,
): TensorInfo => {
  const isInteger = x.dtype !== 'float32';
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
setOutputAtIndex${isInteger ? 'I32' : ''}(index, x[at]);`,
  });
  backend.disposeData(rows.dataId);
  return result;
};
