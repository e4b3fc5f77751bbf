import { BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
import { addUp } from './addUp.ts';
import { batchOf, type Multiply, type Product, productOf, tile } from './products.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';
import { withinDispatch } from './withinDispatch.ts';

/** Rows that are worth a group of threads of their own. */
const least = 256;

/** Groups of threads that keep a GPU busy. */
const busyGroups = 1024;

/** The greatest divisor of `count` that is no greater than `most`. */
const greatestDivisor = (count: number, most: number): number => {
  let parts = Math.max(1, Math.min(count, Math.floor(most)));
  while (count % parts !== 0) parts--;
  return parts;
};

/** How many parts the factors are cut into; 1 where that gains nothing. */
const partsOf = ({ a, b, transposeA, transposeB, batch, plain }: Product): number => {
  const floats = [a, b].every(({ dtype }) => dtype === 'float32');
  if (!floats || !plain || batch === 0 || !transposeA || transposeB) return 1;
  const [rows, m] = a.shape.slice(-2) as [number, number];
  const groups = batch * Math.ceil(m / tile) * Math.ceil(b.shape.at(-1)! / tile);
  return greatestDivisor(rows, Math.min(rows / least, busyGroups / groups));
};

/** Each matrix cut across into so many that lie one behind the other: `[batch, parts, rows / parts, columns]`. */
const cut = (x: TensorInfo, parts: number): TensorInfo => {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return { ...x, shape: [batchOf(x), parts, rows / parts, columns] };
};

const inParts = (product: Product, parts: number, stock: Multiply): TensorInfo => {
  const { call, a, b, outer, batch } = product;
  const products = stock({ ...call, inputs: { a: cut(a, parts), b: cut(b, parts) } });
  const [m, n] = products.shape.slice(-2) as [number, number];
  const sums = addUp(call.backend, products, { before: batch, count: parts, after: m * n });
  call.backend.disposeData(products.dataId);
  return { ...sums, shape: [...outer, m, n] };
};

/**
 * Products of matrices, by tfjs's programs. A group of threads makes a tile of a product there, however long its sums
 * are: where two tall factors give a few tiles, as the gradients of weights do, most of a GPU would be idle. So these
 * are cut across, and the products of the parts added up.
 */
export const batchMatMul: WebgpuKernel = {
  name: BatchMatMul,
  run: (call, stock) => {
    const product = productOf(call);
    const parts = partsOf(product);
    return parts > 1 ? inParts(product, parts, stock) : withinDispatch(product)(stock);
  },
};
