import { Concat, Slice, type TensorInfo, Tile } from '@tensorflow/tfjs-core';
import { batchOf, cut, type Multiply, multiply, type Product, tile } from './products.ts';
import { step } from './step.ts';

/** Groups of threads along an axis that every device runs (WebGPU, `maxComputeWorkgroupsPerDimension`). */
const everyDevice = 65_535;

/** The least divisor of `count` that leaves no more than `longest`. */
const divisor = (count: number, longest: number): number => {
  let parts = Math.ceil(count / longest);
  while (count % parts !== 0) parts++;
  return parts;
};

/** A factor of many rows cut across, times the other one, which there has to be for each part. */
const byRows = (product: Product, parts: number, stock: Multiply): TensorInfo => {
  const { call, a, b, outer } = product;
  const single = { ...b, shape: [batchOf(b), 1, ...b.shape.slice(-2)] };
  const each =
    batchOf(b) === 1 ? single : step(Tile, { x: single }, call.backend, { reps: [1, parts, 1, 1] });
  const products = multiply(product, cut(a, parts), each, stock);
  if (each !== single) call.backend.disposeData(each.dataId);
  const [rows, columns] = products.shape.slice(-2) as [number, number];
  return { ...products, shape: [...outer, parts * rows, columns] };
};

/** As many matrices at a time as there can be groups of threads. */
const byMatrices = (product: Product, most: number, stock: Multiply): TensorInfo => {
  const { call, a, b, outer, batch } = product;
  const { backend } = call;
  const part = (x: TensorInfo, from: number, count: number): TensorInfo => {
    const matrix = x.shape.slice(-2);
    const attrs = { begin: [from, 0, 0], size: [count, ...matrix] };
    return step(Slice, { x: { ...x, shape: [batch, ...matrix] } }, backend, attrs);
  };
  const products = Array.from({ length: Math.ceil(batch / most) }, (_, at) => {
    const [from, count] = [at * most, Math.min(most, batch - at * most)] as const;
    const factors = [a, b].map((x) => (batchOf(x) === 1 ? x : part(x, from, count))) as [
      TensorInfo,
      TensorInfo,
    ];
    const made = multiply(product, ...factors, stock);
    for (const x of factors) if (x !== a && x !== b) backend.disposeData(x.dataId);
    return { ...made, shape: [count, ...made.shape.slice(-2)] };
  });
  const whole = step(Concat, products, backend, { axis: 0 });
  for (const { dataId } of products) backend.disposeData(dataId);
  return { ...whole, shape: [...outer, ...whole.shape.slice(-2)] };
};

/**
 * A product in pieces where it has more rows or more matrices than a device runs groups of threads for at once, which
 * tfjs refuses: pixels of many images, heads of many sequences.
 */
export const withinDispatch =
  (product: Product, most = everyDevice) =>
  (stock: Multiply): TensorInfo => {
    const { call, a, batch, plain, transposeA } = product;
    if (!plain) return stock(call);
    if (batch > most) return byMatrices(product, most, stock);
    const rows = a.shape.at(-2)!;
    const parts = transposeA || rows <= most * tile ? 1 : divisor(rows, most * tile);
    return parts > 1 && parts * batch <= most ? byRows(product, parts, stock) : stock(call);
  };
