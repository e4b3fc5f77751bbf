import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { choleskyKernel, refusePivot } from '../../ops/cholesky.ts';
import { type TriangularAttributes, triangularSolveKernel } from '../../ops/triangularSolve.ts';
import { type CpuKernel, tensorValues } from './cpuKernel.ts';

/** Cholesky factors, row by row, in doubles. */
export const cholesky: CpuKernel = {
  name: choleskyKernel,
  run: ({ inputs, backend }) => {
    const { shape } = inputs.a!;
    const n = shape.at(-1)!;
    const given = tensorValues(backend, inputs.a!);
    const out = new Float32Array(given.length);
    const items = util.sizeFromShape(shape.slice(0, -2));
    const own = new Float64Array(n * n);
    for (let item = 0; item < items; item++) {
      const from = item * n * n;
      for (let row = 0; row < n; row++)
        for (let column = 0; column <= row; column++) {
          const sides = [row * n + column, column * n + row] as const;
          let rest = 0.5 * (given[from + sides[0]]! + given[from + sides[1]]!);
          for (let k = 0; k < column; k++) rest -= own[row * n + k]! * own[column * n + k]!;
          if (row === column && rest <= 0) refusePivot(rest, row, item, items);
          own[sides[0]] = row === column ? Math.sqrt(rest) : rest / own[column * n + column]!;
          out[from + sides[0]] = own[sides[0]]!;
        }
    }
    return backend.makeTensorInfo(shape, 'float32', out);
  },
};

/** Solutions of triangular systems by substitution, in doubles. */
export const triangularSolve: CpuKernel<TriangularAttributes> = {
  name: triangularSolveKernel,
  run: ({ inputs, attrs: { transposed, unitDiagonal }, backend }) => {
    const { lower, right } = inputs as Readonly<Record<'lower' | 'right', TensorInfo>>;
    const [n, columns] = right.shape.slice(-2) as [number, number];
    const [matrices, rights] = [tensorValues(backend, lower), tensorValues(backend, right)];
    const [matrix, vectors] = [n * n, n * columns];
    const out = new Float32Array(rights.length);
    const own = new Float64Array(vectors);
    for (let item = 0; item * vectors < rights.length; item++) {
      for (let i = 0; i < vectors; i++) own[i] = rights[item * vectors + i]!;
      for (let step = 0; step < n; step++) {
        const row = transposed ? n - 1 - step : step;
        const at = row * columns;
        const pivot = unitDiagonal ? 1 : matrices[item * matrix + row * n + row]!;
        // In a transposed system a solved row is taken from all above; else all above are taken from the row.
        if (!transposed)
          for (let k = 0; k < row; k++) {
            const factor = matrices[item * matrix + row * n + k]!;
            for (let i = 0; i < columns; i++) own[at + i]! -= factor * own[k * columns + i]!;
          }
        for (let i = 0; i < columns; i++) own[at + i]! /= pivot;
        if (transposed)
          for (let k = 0; k < row; k++) {
            const factor = matrices[item * matrix + row * n + k]!;
            for (let i = 0; i < columns; i++) own[k * columns + i]! -= factor * own[at + i]!;
          }
      }
      out.set(own, item * vectors);
    }
    return backend.makeTensorInfo(right.shape, 'float32', out);
  },
};
