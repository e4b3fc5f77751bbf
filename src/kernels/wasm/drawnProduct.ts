import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type DrawnProductAttributes, drawnProductKernel } from '../../ops/drawnProduct.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratchParts, writeIntegers } from './scratch.ts';
import { cut, partCount, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest draws of a part, and the fewest columns: each part packs the rows for itself. */
const [FEWEST, FEWEST_COLUMNS] = [8192, 64];

/** The product of rows and weights drawn from normal distributions; see `drawnProductKernel`. */
export const drawnProduct: WasmKernel<DrawnProductAttributes, TensorInfo> = {
  name: drawnProductKernel,
  run: ({ inputs, attrs: { words }, backend }) => {
    const x = inputs.x!;
    const [depth, columns] = inputs.mean!.shape as [number, number];
    const [rows, keys] = [x.shape.at(-2)!, words.length / 2];
    const out = backend.makeOutput([keys, rows, columns], 'float32');
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const [from, mean, logStd, to] = [at(x), at(inputs.mean), at(inputs.logStd), at(out)];
    const [xStep, outStep] = [x.shape.length === 2 ? 0 : 4 * rows * depth, 4 * rows * columns];
    const parts = partCount(backend, keys * depth * columns, FEWEST);
    const inColumns = cut(columns, Math.min(parts, Math.floor(columns / FEWEST_COLUMNS)), 16);
    withScratchParts(backend, [4 * words.length], ([given]) => {
      writeIntegers(backend, given, words);
      runPartsWithScratch(
        backend,
        'drawnProduct',
        kernelModule(backend).drawnProductScratch(),
        cut(keys, Math.ceil(parts / inColumns.length), 1).flatMap(([key, end]) =>
          inColumns.map(
            ([first, last]) =>
              [
                ...([first, last, rows, columns, depth, end - key, given + 8 * key] as const),
                ...([from + key * xStep, xStep, mean, logStd, to + key * outStep] as const),
              ] as const,
          ),
        ),
      );
    });
    return out;
  },
};
