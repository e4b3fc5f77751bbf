import {
  _FusedMatMul,
  BatchMatMul,
  broadcast_util,
  type TensorInfo,
  upcastType,
  util,
} from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../../ops/fusedMatMul.ts';
import { matrices } from '../matrices.ts';
import { type CpuCall, type CpuKernel, step, tensorValues } from './cpuKernel.ts';

/** tfjs's own kernel adds 48 products in doubles, and these sums in float32. Up to this depth few digits are lost. */
const deepest = 128 * 48;

/** Dot products along the shared axis, where it is contiguous in both factors or there is only one column. */
const byNumber = (
  { rows, columns, depth }: Readonly<Record<'rows' | 'columns' | 'depth', number>>,
  a: ArrayLike<number>,
  [startA, rowA, nextA]: readonly [number, number, number],
  b: ArrayLike<number>,
  [startB, columnB, nextB]: readonly [number, number, number],
  out: Float32Array | Int32Array,
  to: number,
): void => {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      let atA = startA + i * rowA;
      let atB = startB + j * columnB;
      for (let k = 0; k < depth; k++) {
        sum += a[atA]! * b[atB]!;
        atA += nextA;
        atB += nextB;
      }
      out[to + i * columns + j] = sum;
    }
};

/** Accumulates scaled rows of the right factor. */
const byRow = (
  { rows, columns, depth }: Readonly<Record<'rows' | 'columns' | 'depth', number>>,
  a: ArrayLike<number>,
  [startA, rowA, nextA]: readonly [number, number, number],
  b: ArrayLike<number>,
  startB: number,
  out: Float32Array | Int32Array,
  to: number,
): void => {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    sums.fill(0);
    for (let k = 0; k < depth; k++) {
      const factor = a[startA + i * rowA + k * nextA]!;
      const from = startB + k * columns;
      for (let j = 0; j < columns; j++) sums[j]! += factor * b[from + j]!;
    }
    out.set(sums, to + i * columns);
  }
};

const multiply = ({ inputs, attrs, backend }: CpuCall): TensorInfo => {
  const [a, b] = [inputs.a!, inputs.b!];
  const [transposeA, transposeB] = [Boolean(attrs.transposeA), Boolean(attrs.transposeB)];
  const sizes = matrices(a.shape, b.shape, transposeA, transposeB);
  const { rows, columns, depth, outer, itemsOfA, itemsOfB } = sizes;
  const dtype = upcastType(a.dtype, b.dtype) as 'float32' | 'int32';
  const out = util.makeZerosTypedArray(itemsOfA.length * rows * columns, dtype);
  const [left, right] = [tensorValues(backend, a), tensorValues(backend, b)];
  itemsOfA.forEach((itemA, at) => {
    const fromA = [itemA * rows * depth, transposeA ? 1 : depth, transposeA ? rows : 1] as const;
    const startB = itemsOfB[at]! * depth * columns;
    const to = at * rows * columns;
    if (transposeB || columns === 1) byNumber(sizes, left, fromA, right, [startB, depth, 1], out, to);
    else byRow(sizes, left, fromA, right, startB, out, to);
  });
  return backend.makeTensorInfo([...outer, rows, columns], dtype, out);
};

/**
 * Whether tfjs's kernel loses the digits of long sums, or takes the wrong matrices: of a factor that is broadcast along some of
 * several outer axes.
 */
const isOurs = ({ inputs, attrs }: CpuCall): boolean => {
  const [a, b] = [inputs.a!, inputs.b!];
  const outers = [a, b].map(({ shape }) => shape.slice(0, -2));
  const batch = util.sizeFromShape(broadcast_util.assertAndGetBroadcastShape(outers[0]!, outers[1]!));
  const depth = a.shape.at(attrs.transposeA ? -2 : -1) ?? 0;
  const isDeep = a.dtype === 'float32' && b.dtype === 'float32' && depth > deepest;
  return isDeep || outers.some((outer) => ![1, batch].includes(util.sizeFromShape(outer)));
};

/** Matrix products, with long sums in doubles and any broadcast. */
export const batchMatMul: CpuKernel = {
  name: BatchMatMul,
  run: (call, stock) => (isOurs(call) ? multiply(call) : stock(call)),
};

/** Fused matrix products, with long sums in doubles and any broadcast. */
export const fusedMatMul: CpuKernel = {
  name: _FusedMatMul,
  run: (call, stock) =>
    (isOurs(call)
      ? fused({
          ...call,
          product: () => batchMatMul.run(call, stock),
          step: (name, inputs, attrs) => step(name, inputs, call, attrs),
          dispose: ({ dataId }) => call.backend.disposeData(dataId),
        })
      : undefined) ?? stock(call),
};
