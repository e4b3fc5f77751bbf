import { BatchMatMul, backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addUp } from './addUp.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/** Rows that are worth a group of threads of their own. */
const least = 256;

/** Groups of threads that keep a GPU busy. */
const busy = 1024;

/** A group of threads makes so many rows and columns of a product in tfjs's programs. */
const tile = 32;

/** The greatest divisor of `count` that is no greater than `most`. */
const divisor = (count: number, most: number): number => {
  let parts = Math.max(1, Math.min(count, Math.floor(most)));
  while (count % parts !== 0) parts--;
  return parts;
};

interface Factors {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

const batchOf = (x: TensorInfo): number => util.sizeFromShape(x.shape.slice(0, -2));

/** The axes of the product before its last two. */
const outerOf = ({ a, b }: Factors): number[] =>
  backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));

/** Each matrix cut into so many that lie one behind the other: `[batch, parts, rows / parts, columns]`. */
const cut = (x: TensorInfo, parts: number): TensorInfo => {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return { ...x, shape: [batchOf(x), parts, rows / parts, columns] };
};

/** How many products of parts there have to be. */
const partsFor = ({ a, b }: Factors, batch: number): number => {
  const [rows, m] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const groups = batch * Math.ceil(m / tile) * Math.ceil(n / tile);
  return divisor(rows, Math.min(rows / least, busy / groups));
};

/**
 * Products of the columns of two tall factors, as the gradients of weights are. A group of threads makes a tile of a
 * product in tfjs's programs, however long its sums are: a few tiles leave most of a GPU idle. So the factors are cut
 * across, and the products of the parts added up.
 */
export const batchMatMul: WebgpuKernel = {
  name: BatchMatMul,
  run: (call, stock) => {
    const { a, b } = call.inputs as unknown as Factors;
    const { transposeA, transposeB } = call.attrs as Readonly<Record<'transposeA' | 'transposeB', boolean>>;
    const outer = outerOf({ a, b });
    const batch = util.sizeFromShape(outer);
    const floats = [a, b].every(({ dtype }) => dtype === 'float32');
    const whole = [a, b].every((x) => [1, batch].includes(batchOf(x)));
    const parts = floats && whole && batch > 0 && transposeA && !transposeB ? partsFor({ a, b }, batch) : 1;
    if (parts === 1) return stock(call);
    const products = stock({ ...call, inputs: { a: cut(a, parts), b: cut(b, parts) } });
    const [m, n] = products.shape.slice(-2) as [number, number];
    const sums = addUp(call.backend, products, { before: batch, count: parts, after: m * n });
    call.backend.disposeData(products.dataId);
    return { ...sums, shape: [...outer, m, n] };
  },
};
