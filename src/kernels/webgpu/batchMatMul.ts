import { BatchMatMul, type TensorInfo, upcastType } from '@tensorflow/tfjs-core';
import { addToBlocks, startBlocks, sumOfBlocks } from './blocks.ts';
import { filled } from './filled.ts';
import { inBlocks } from './inBlocks.ts';
import {
  batchSize,
  isEmptyProduct,
  type Multiply,
  type Product,
  parseProduct,
  productSizes,
  type Sizes,
  tile,
} from './products.ts';
import { eachNumber, integers } from './program.ts';
import { reduceSum } from './reduceSum.ts';
import { repeated } from './repeated.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';
import { withinDispatch } from './withinDispatch.ts';

/** The fewest rows that are worth a workgroup. */
const least = 256;

/** The workgroups, and the threads, that keep a GPU busy. */
const busyGroups = 1024;
const busyThreads = 16_384;

/** The longest sums that tfjs's programs compute without losing digits. */
const deepest = 16_384;

/** Up to this many elements, a product is computed as one sum per element and not in tiles. */
const few = 128;

/** The greatest divisor of `count` up to `most`. */
const greatestDivisor = (count: number, most: number): number => {
  let parts = Math.max(1, Math.min(count, Math.floor(most)));
  while (count % parts !== 0) parts--;
  return parts;
};

/** The number of parts to split the factors into, to keep a GPU busy or to keep digits; 1 if neither gains. */
const partCount = ({ transposeA, transposeB, batch }: Product, { rows, columns, depth }: Sizes): number => {
  const groups = batch * Math.ceil(rows / tile) * Math.ceil(columns / tile);
  const busy =
    transposeA && !transposeB ? greatestDivisor(depth, Math.min(depth / least, busyGroups / groups)) : 1;
  const needed = Math.ceil(depth / deepest);
  if (needed <= busy) return busy;
  for (let parts = needed; parts < 2 * needed; parts++) if (depth % parts === 0) return parts;
  return needed;
};

/**
 * Splits matrices along their axis `along`, -2 or -1, into consecutive parts: `[...outer, parts, rows, columns]`. The
 * last part is padded with zeros.
 */
const split = ({ call: { backend } }: Product, x: TensorInfo, along: -2 | -1, parts: number): TensorInfo => {
  const depth = x.shape.at(along)!;
  const each = Math.ceil(depth / parts);
  const [outer, inner] = along === -2 ? [1, x.shape.at(-1)!] : [x.shape.at(-2)!, 1];
  const shape = [...x.shape.slice(0, -2), parts, ...(along === -2 ? [each, inner] : [outer, each])];
  if (outer === 1 && each * parts === depth) return { ...x, shape };
  return eachNumber(backend, {
    name: 'cut',
    inputs: { numbers: x },
    uniforms: integers({ depth, parts, each, outer, inner }),
    shape,
    body: `
let step = (index / uniforms.inner) % uniforms.each;
let line = (index / (uniforms.inner * uniforms.each)) % uniforms.outer;
let whole = index / (uniforms.inner * uniforms.each * uniforms.outer);
let item = whole / uniforms.parts;
let at = (whole - item * uniforms.parts) * uniforms.each + step;
var number = 0.0;
if (at < uniforms.depth) {
  number = numbers[((item * uniforms.outer + line) * uniforms.depth + at) * uniforms.inner + index % uniforms.inner];
}
setOutputAtIndex(index, number);`,
  });
};

const inParts = (product: Product, { rows, columns }: Sizes, parts: number, stock: Multiply): TensorInfo => {
  const { call, a, b, transposeA, transposeB, outer, batch } = product;
  const [left, right] = [
    split(product, a, transposeA ? -2 : -1, parts),
    split(product, b, transposeB ? -1 : -2, parts),
  ];
  const cutUp = parseProduct({ ...call, inputs: { a: left, b: right } });
  const products = withinDispatch(cutUp)(stock);
  const sums = reduceSum(call.backend, products, { before: batch, count: parts, after: rows * columns });
  for (const [x, whole] of [
    [products, undefined],
    [left, a],
    [right, b],
  ] as const)
    if (x.dataId !== whole?.dataId) call.backend.disposeData(x.dataId);
  return { ...sums, shape: [...outer, rows, columns] };
};

/** A product with few elements and long sums: many threads add up the products of each element. */
const sumsOfProducts = (product: Product, { rows, columns, depth }: Sizes): TensorInfo => {
  const { call, a, b, transposeA, transposeB, outer, batch } = product;
  const numbers = batch * rows * columns;
  const parts = Math.ceil(Math.min(depth / 64, busyThreads / numbers));
  const sums = eachNumber(call.backend, {
    name: `sums of products ${transposeA} ${transposeB}`,
    inputs: { a, b },
    uniforms: integers({ rows, columns, depth, parts, itemsA: batchSize(a), itemsB: batchSize(b) }),
    shape: [numbers, parts],
    body: `
let number = index / uniforms.parts;
let column = number % uniforms.columns;
let row = (number / uniforms.columns) % uniforms.rows;
let item = number / (uniforms.columns * uniforms.rows);
let left = (item % uniforms.itemsA) * uniforms.rows * uniforms.depth;
let right = (item % uniforms.itemsB) * uniforms.columns * uniforms.depth;
${startBlocks}
for (var at = index - number * uniforms.parts; at < uniforms.depth; at = at + uniforms.parts) {
  let x = a[left + ${transposeA ? 'at * uniforms.rows + row' : 'row * uniforms.depth + at'}];
  let y = b[right + ${transposeB ? 'column * uniforms.depth + at' : 'at * uniforms.columns + column'}];
  ${addToBlocks('x * y')}
}
setOutputAtIndex(index, ${sumOfBlocks});`,
  });
  const whole = reduceSum(call.backend, sums, { before: numbers, count: parts, after: 1 });
  call.backend.disposeData(sums.dataId);
  return { ...whole, shape: [...outer, rows, columns] };
};

/** A product of empty matrices: zeros, or empty. */
const emptyProduct = (product: Product): TensorInfo => {
  const { call, a, b, outer } = product;
  const { rows, columns } = productSizes(product);
  return filled(call.backend, [...outer, rows, columns], upcastType(a.dtype, b.dtype), 0);
};

/** Whether a product computed as a whole would lose digits. */
export const isDeep = ({ a, b, transposeA }: Product): boolean =>
  a.dtype === 'float32' && b.dtype === 'float32' && a.shape.at(transposeA ? -2 : -1)! > deepest;

/** tfjs's programs take whole batches or single matrices: a factor that is broadcast along some outer axes is repeated. */
const onRepeated = ({ call, a, b, outer }: Product, given: Multiply): TensorInfo => {
  const factors = [a, b].map((x) => repeated(call.backend, x, [...outer, ...x.shape.slice(-2)]));
  const result = batchMatMul.run(
    { ...call, inputs: { a: factors[0]!, b: factors[1]! } },
    given,
  ) as TensorInfo;
  for (const { dataId } of factors) call.backend.disposeData(dataId);
  return result;
};

/**
 * Matrix products, by tfjs's programs, which add in blocks here. In them a workgroup computes a tile of the product,
 * however long its sums are: where two tall factors give a few tiles, as for the gradients of weights, most of a GPU
 * would be idle, and very long sums lose digits. So these are split, and the products of the parts added.
 */
export const batchMatMul: WebgpuKernel = {
  name: BatchMatMul,
  run: (call, given) => {
    const product = parseProduct(call);
    if (isEmptyProduct(product)) return emptyProduct(product);
    const { a, b, batch, plain } = product;
    if (!plain) return onRepeated(product, given);
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return withinDispatch(product)(given);
    const stock: Multiply = (call) => given({ ...call, backend: inBlocks(call.backend) });
    const sizes = productSizes(product);
    const numbers = batch * sizes.rows * sizes.columns;
    if (numbers <= few && isDeep(product)) return sumsOfProducts(product, sizes);
    const parts = partCount(product, sizes);
    return parts > 1 ? inParts(product, sizes, parts, stock) : withinDispatch(product)(stock);
  },
};
