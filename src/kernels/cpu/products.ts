import { _FusedMatMul, BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
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
  out: Float32Array,
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
  out: Float32Array,
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
  const out = new Float32Array(itemsOfA.length * rows * columns);
  const [left, right] = [tensorValues(backend, a), tensorValues(backend, b)];
  itemsOfA.forEach((itemA, at) => {
    const fromA = [itemA * rows * depth, transposeA ? 1 : depth, transposeA ? rows : 1] as const;
    const startB = itemsOfB[at]! * depth * columns;
    const to = at * rows * columns;
    if (transposeB || columns === 1) byNumber(sizes, left, fromA, right, [startB, depth, 1], out, to);
    else byRow(sizes, left, fromA, right, startB, out, to);
  });
  return backend.makeTensorInfo([...outer, rows, columns], 'float32', out);
};

/** Whether the sums of a float32 product are so long that tfjs's kernel loses digits. */
const isDeep = ({ inputs, attrs }: CpuCall): boolean => {
  const [a, b] = [inputs.a!, inputs.b!];
  const depth = a.shape.at(attrs.transposeA ? -2 : -1) ?? 0;
  return a.dtype === 'float32' && b.dtype === 'float32' && depth > deepest;
};

/** Matrix products, with long sums in doubles. */
export const batchMatMul: CpuKernel = {
  name: BatchMatMul,
  run: (call, stock) => (isDeep(call) ? multiply(call) : stock(call)),
};

/** Fused matrix products, with long sums in doubles. */
export const fusedMatMul: CpuKernel = {
  name: _FusedMatMul,
  run: (call, stock) =>
    (isDeep(call)
      ? fused({
          ...call,
          product: () => batchMatMul.run(call, stock),
          step: (name, inputs, attrs) => step(name, inputs, call, attrs),
          dispose: ({ dataId }) => call.backend.disposeData(dataId),
        })
      : undefined) ?? stock(call),
};
