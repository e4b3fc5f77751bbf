import { type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import { cut, partCount, runParts } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 32_768;

/** The fewest numbers that must stay together: TensorFlow.js's own kernel is as fast for fewer. */
const SHORTEST = 4;

/** The axes that a permutation moves together, in the order of the result: the first, and the size. */
const groups = (
  shape: readonly number[],
  perm: readonly number[],
): readonly { readonly axis: number; readonly size: number }[] => {
  const found: { axis: number; size: number; next: number }[] = [];
  const real = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  for (const axis of perm.filter((each) => shape[each] !== 1)) {
    const before = found.at(-1);
    if (before !== undefined && real[before.next] === axis) {
      before.size *= shape[axis]!;
      before.next += 1;
    } else found.push({ axis, size: shape[axis]!, next: real.indexOf(axis) + 1 });
  }
  return found;
};

/** The sizes of four axes of which a permutation swaps the middle two; `undefined` for another one. */
const swapped = (shape: readonly number[], perm: readonly number[]) => {
  const order = groups(shape, perm);
  const sorted = [...order].sort((a, b) => a.axis - b.axis);
  const outer = order[0] === sorted[0] ? order[0] : undefined;
  const inner = order.at(-1) === sorted.at(-1) ? order.at(-1) : undefined;
  if (inner === undefined || order.length !== (outer ? 4 : 3)) return undefined;
  const [rows, columns] = sorted.slice(outer ? 1 : 0);
  return { outer: outer?.size ?? 1, rows: rows!.size, columns: columns!.size, count: inner.size };
};

/** Transposes that move blocks of numbers, as those of attention's heads. */
export const transpose: WasmKernel<{ readonly perm: readonly number[] }, TensorInfo> = {
  name: Transpose,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.x!;
    const sizes = swapped(x.shape, attrs.perm);
    const isNumber = x.dtype === 'float32' || x.dtype === 'int32';
    if (!isNumber || sizes === undefined || sizes.count < SHORTEST || x.shape.includes(0)) return stock(call);
    const { outer, rows, columns, count } = sizes;
    const out = backend.makeOutput(
      attrs.perm.map((axis) => x.shape[axis]!),
      x.dtype,
    );
    const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
    const parts = partCount(backend, util.sizeFromShape(x.shape), FEWEST);
    runParts(
      backend,
      'swapMiddle',
      cut(outer * columns, parts, 1).map(
        ([first, last]) => [first, last, rows, columns, count, from, to] as const,
      ),
    );
    return out;
  },
};
