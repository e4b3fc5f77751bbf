import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { WebgpuCall } from './webgpuKernel.ts';

/** A parsed call of tfjs's matrix product kernel. */
export interface Product {
  readonly call: WebgpuCall;
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** The axes of the product before its last two, and the number of matrices. */
  readonly outer: number[];
  readonly batch: number;
  /** Whether each factor is one matrix, or one for each item of the batch. */
  readonly plain: boolean;
}

/** tfjs's kernel. */
export type Multiply = (call: WebgpuCall) => TensorInfo;

/** The rows and columns of a product that one workgroup of tfjs's programs computes. */
export const tile = 32;

/** The number of matrices of a factor. */
export const batchSize = (x: TensorInfo): number => util.sizeFromShape(x.shape.slice(0, -2));

/** The rows and columns of a product, and the length of its sums. */
export interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export const productSizes = ({ a, b, transposeA, transposeB }: Product): Sizes => ({
  rows: a.shape.at(transposeA ? -1 : -2)!,
  columns: b.shape.at(transposeB ? -2 : -1)!,
  depth: a.shape.at(transposeA ? -2 : -1)!,
});

/** Whether a factor is empty, and the shared axes match. */
export const isEmptyProduct = (product: Product): boolean => {
  const { a, b, transposeB } = product;
  const fits = productSizes(product).depth === b.shape.at(transposeB ? -1 : -2);
  return fits && [a, b].some(({ shape }) => shape.includes(0));
};

/** Parses a call. */
export const parseProduct = (call: WebgpuCall): Product => {
  const { a, b } = call.inputs as Readonly<Record<'a' | 'b', TensorInfo>>;
  const { transposeA, transposeB } = call.attrs as Readonly<Record<'transposeA' | 'transposeB', boolean>>;
  const outer = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const batch = util.sizeFromShape(outer);
  const plain = [a, b].every((x) => [1, batch].includes(batchSize(x)));
  return { call, a, b, transposeA, transposeB, outer, batch, plain };
};
