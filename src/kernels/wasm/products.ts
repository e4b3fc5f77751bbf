import { _FusedMatMul, BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../../ops/fusedMatMul.ts';
import type { Attributes } from '../kernel.ts';
import { matrices, merged } from '../matrices.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { writeIntegers } from './scratch.ts';
import { cut, partCount, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import { step, type WasmCall, type WasmKernel } from './wasmKernel.ts';

/** The rows that the compiled kernel packs at a time: what is cut there is packed no second time. */
const BLOCK = 128;

/** The columns that it packs at a time. */
const WIDE = 256;

/** The fewest multiplications of a part: some ten microseconds of work. */
const FEWEST = 200_000;

/** The steps along the shared axis from which the kernel adds small products in another way. */
const DEEP = 6400;

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Blocks of a product's rows and columns. Each number of the result is the same sum in the same order in any block. */
const blocks = ({ rows, columns, depth }: Sizes, parts: number) => {
  const [allRows, allColumns] = [cut(rows, 1, 1), cut(columns, 1, 1)];
  if (parts < 2 || (depth > DEEP && Math.min(rows, columns) <= 4)) return [allRows, allColumns] as const;
  if (rows >= parts * BLOCK) {
    // Of few blocks one thread may have one more than another, of their halves not.
    const inRows = cut(rows, 4 * parts, BLOCK);
    const threads = Math.ceil(parts / 2);
    const isUneven = inRows.length % threads !== 0 && inRows.length < 3 * parts;
    return [inRows, isUneven && columns >= 2 * WIDE ? cut(columns, 2, WIDE) : allColumns] as const;
  }
  // The other factor is packed once for each part, so it is to be the smaller one.
  return columns >= rows
    ? ([allRows, cut(columns, parts, 8)] as const)
    : ([cut(rows, parts, 4), allColumns] as const);
};

/**
 * What follows a product in the same pass, as attributes beside those of tfjs; `bias` and `mask` are inputs beside its own. First
 * each row of the bias is added to so many rows of all results; then a rectifier follows, or the gradient of one whose result is the
 * mask, in the order of the product's.
 */
export interface Following {
  readonly every?: number;
  readonly rectified?: boolean;
  /** The shape of the result, if it is another one. */
  readonly shape?: readonly number[];
}

const multiply = ({ inputs, attrs, backend }: WasmCall<Attributes & Following>): TensorInfo => {
  const [a, b] = [inputs.a!, inputs.b!];
  const { every = 1, rectified = false } = attrs;
  const [transposeA, transposeB] = [Boolean(attrs.transposeA), Boolean(attrs.transposeB)];
  const sizes = matrices(a.shape, b.shape, transposeA, transposeB);
  const { rows, columns, depth, itemsOfA, itemsOfB } = merged(sizes, transposeA);
  const out = backend.makeOutput(attrs.shape ?? [...sizes.outer, sizes.rows, sizes.columns], 'float32');
  const count = itemsOfA.length;
  if (rows * columns * count === 0) return out;
  const { productScratch } = kernelModule(backend);
  const [fromA, fromB, to] = [
    tensorAddress(backend, a),
    tensorAddress(backend, b),
    tensorAddress(backend, out),
  ];
  // The bytes between rows (columns) of a factor, and along the shared axis.
  const [leftRow, leftNext] = transposeA ? [4, 4 * rows] : [4 * depth, 4];
  const [rightColumn, rightNext] = transposeB ? [4 * depth, 4] : [4, 4 * columns];
  const [left, right] = [4 * rows * depth, 4 * depth * columns];
  const from = (tensor: TensorInfo | undefined, skipped: number): number =>
    tensor ? tensorAddress(backend, tensor) + 4 * skipped : 0;
  /** What follows a part whose first number is at this row and column. */
  const ending = (row: number, column: number) =>
    [
      ...([row, from(inputs.bias, column), every] as const),
      ...([from(inputs.mask, row * columns + column), rectified] as const),
    ] as const;
  const work = rows * columns * depth;
  const parts = partCount(backend, work * count, FEWEST);
  if (count > 1 && (parts < 2 || work < FEWEST)) {
    // Small products: some of them together.
    withScratch(backend, 8 * count, (offsets) => {
      const bytes = new Array<number>(2 * count);
      for (let at = 0; at < count; at++) {
        bytes[2 * at] = itemsOfA[at]! * left;
        bytes[2 * at + 1] = itemsOfB[at]! * right;
      }
      writeIntegers(backend, offsets, bytes);
      runPartsWithScratch(
        backend,
        'products',
        productScratch(depth),
        cut(count, parts, 1).map(
          ([start, end]) =>
            [
              ...([end - start, offsets + 8 * start, rows, columns, depth] as const),
              ...([fromA, leftRow, leftNext, fromB, rightColumn, rightNext] as const),
              ...([to + 4 * start * rows * columns, 4 * columns] as const),
              ...ending(start * rows, 0),
            ] as const,
        ),
      );
    });
    return out;
  }
  const [inRows, inColumns] = blocks({ rows, columns, depth }, Math.ceil(parts / count));
  runPartsWithScratch(
    backend,
    'products',
    productScratch(depth),
    itemsOfA.flatMap((itemA, at) =>
      inRows.flatMap(([row, endRow]) =>
        inColumns.map(
          ([column, endColumn]) =>
            [
              ...([1, 0, endRow - row, endColumn - column, depth] as const),
              ...([fromA + itemA * left + row * leftRow, leftRow, leftNext] as const),
              ...([fromB + itemsOfB[at]! * right + column * rightColumn, rightColumn, rightNext] as const),
              ...([to + 4 * ((at * rows + row) * columns + column), 4 * columns] as const),
              ...ending(at * rows + row, column),
            ] as const,
        ),
      ),
    ),
  );
  return out;
};

/**
 * Float32 matrix products, with any transposes and broadcasting batches. tfjs's own kernel is as fast for a single
 * product without transposes, and 5 to 14 times slower for all others. Denormal numbers count as zero.
 */
export const batchMatMul: WasmKernel<Attributes, TensorInfo> = {
  name: BatchMatMul,
  run: (call, stock) =>
    call.inputs.a!.dtype === 'float32' && call.inputs.b!.dtype === 'float32' ? multiply(call) : stock(call),
};

/** A product or a convolution with the bias and the activation of a call as kernels of their own. */
export const inSteps = (call: WasmCall, product: () => TensorInfo): TensorInfo | undefined =>
  fused({
    ...call,
    product,
    step: (name, inputs, attrs) => step(name, inputs, call, attrs),
    dispose: ({ dataId }) => call.backend.disposeData(dataId),
  });

/**
 * A matrix product, its bias and its activation. tfjs's own kernel is wrong with a bias where a factor is transposed
 * or batched, and rejects a reshaped bias.
 */
export const fusedMatMul: WasmKernel = {
  name: _FusedMatMul,
  run: (call, stock) => {
    // A bias beside the factors would be added there, too.
    const { a, b } = call.inputs;
    return (
      inSteps(call, () => batchMatMul.run({ ...call, inputs: { a, b } }, stock) as TensorInfo) ?? stock(call)
    );
  },
};
