import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { choleskyKernel, refusePivot } from '../../ops/cholesky.ts';
import { type TriangularAttributes, triangularSolveKernel } from '../../ops/triangularSolve.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress, wasmMemory } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Cholesky factors, row by row, in doubles. */
export const cholesky: WasmKernel<object, TensorInfo> = {
  name: choleskyKernel,
  run: ({ inputs, backend }) => {
    const a = inputs.a!;
    const n = a.shape.at(-1)!;
    const items = util.sizeFromShape(a.shape.slice(0, -2));
    const out = backend.makeOutput(a.shape, 'float32');
    const [from, to] = [tensorAddress(backend, a), tensorAddress(backend, out)];
    const module = kernelModule(backend);
    const failed = withScratch(backend, 8 * n * n, (scratch) => {
      for (let item = 0; item < items; item++) {
        const at = 4 * item * n * n;
        const row = module.cholesky(n, from + at, to + at, scratch);
        if (row >= 0)
          return { row, item, pivot: new DataView(wasmMemory(backend).buffer).getFloat64(scratch, true) };
      }
      return undefined;
    });
    if (failed === undefined) return out;
    backend.disposeData(out.dataId);
    return refusePivot(failed.pivot, failed.row, failed.item, items);
  },
};

/** Solutions of triangular systems by substitution, in doubles. */
export const triangularSolve: WasmKernel<TriangularAttributes, TensorInfo> = {
  name: triangularSolveKernel,
  run: ({ inputs, attrs: { transposed, unitDiagonal }, backend }) => {
    const { lower, right } = inputs as Readonly<Record<'lower' | 'right', TensorInfo>>;
    const [n, columns] = right.shape.slice(-2) as [number, number];
    const items = util.sizeFromShape(right.shape.slice(0, -2));
    const out = backend.makeOutput(right.shape, 'float32');
    const [matrix, from, to] = [lower, right, out].map((x) => tensorAddress(backend, x)) as [
      number,
      number,
      number,
    ];
    const module = kernelModule(backend);
    withScratch(backend, 8 * n * columns, (scratch) => {
      for (let item = 0; item < items; item++) {
        const [own, at] = [matrix + 4 * item * n * n, 4 * item * n * columns];
        module.triangularSolve(n, columns, transposed, unitDiagonal, own, from + at, to + at, scratch);
      }
    });
    return out;
  },
};
