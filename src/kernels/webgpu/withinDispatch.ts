import { Concat, Slice, type TensorInfo } from '@tensorflow/tfjs-core';
import { batchSize, type Multiply, type Product, parseProduct, tile } from './products.ts';
import { step } from './webgpuKernel.ts';

/** The workgroups along an axis that every device supports (WebGPU, `maxComputeWorkgroupsPerDimension`). */
const everyDevice = 65_535;

/** How a product is split: along which of its three axes, and the corresponding axis of each factor, if any. */
interface Pieces {
  readonly axis: 0 | 1 | 2;
  readonly ofA?: 0 | 1 | 2;
  readonly ofB?: 0 | 1 | 2;
  readonly length: number;
  readonly longest: number;
}

/** The axes of a product that are too long. */
const tooLong = ({ a, b, transposeA, transposeB, batch }: Product, most: number): readonly Pieces[] => {
  const [ofA, ofB] = [transposeA ? 2 : 1, transposeB ? 1 : 2] as const;
  const axisLength = (x: TensorInfo, axis: 1 | 2): number => x.shape.at(axis - 3)!;
  const all: readonly Pieces[] = [
    {
      ...{ axis: 0, length: batch, longest: most },
      ...(batchSize(a) === 1 ? {} : { ofA: 0 }),
      ...(batchSize(b) === 1 ? {} : { ofB: 0 }),
    },
    { axis: 1, ofA, length: axisLength(a, ofA), longest: most * tile },
    { axis: 2, ofB, length: axisLength(b, ofB), longest: most * tile },
  ];
  return all.filter(({ length, longest }) => length > longest);
};

const inPieces = (
  product: Product,
  { axis, ofA, ofB, length, longest }: Pieces,
  make: (piece: Product) => TensorInfo,
): TensorInfo => {
  const { call, a, b, outer } = product;
  const { backend } = call;
  const part = (x: TensorInfo, along: number | undefined, from: number, count: number): TensorInfo => {
    const size = [batchSize(x), ...x.shape.slice(-2)];
    if (along === undefined) return x;
    const begin = size.map((_, at) => (at === along ? from : 0));
    const attrs = { begin, size: size.map((all, at) => (at === along ? count : all)) };
    return step(Slice, { x: { ...x, shape: size } }, { backend }, attrs);
  };
  const products = Array.from({ length: Math.ceil(length / longest) }, (_, at) => {
    const [from, count] = [at * longest, Math.min(longest, length - at * longest)] as const;
    const [partOfA, partOfB] = [part(a, ofA, from, count), part(b, ofB, from, count)];
    const made = make(parseProduct({ ...call, inputs: { ...call.inputs, a: partOfA, b: partOfB } }));
    for (const x of [partOfA, partOfB]) if (x !== a && x !== b) backend.disposeData(x.dataId);
    return { ...made, shape: [batchSize(made), ...made.shape.slice(-2)] };
  });
  const whole = step(Concat, products, { backend }, { axis });
  for (const { dataId } of products) backend.disposeData(dataId);
  return { ...whole, shape: [...outer, ...whole.shape.slice(-2)] };
};

/**
 * Splits a product with more rows, columns or matrices than a device dispatches workgroups for, which tfjs rejects:
 * pixels of many images, heads of many sequences.
 */
export const withinDispatch =
  (product: Product, most = everyDevice) =>
  (stock: Multiply): TensorInfo => {
    const { call, plain } = product;
    const [pieces] = plain ? tooLong(product, most) : [];
    return pieces === undefined
      ? stock(call)
      : inPieces(product, pieces, (piece) => withinDispatch(piece, most)(stock));
  };
