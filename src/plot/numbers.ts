import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';

/** A list of numbers: an array or a typed array. */
export type NumberList =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray;

/** Numbers for a figure: a tensor, which the caller keeps, or arrays, nested for several axes. */
export type Numbers = Tensor | NumberList | readonly NumberList[] | readonly (readonly NumberList[])[];

/** Numbers that were read, in row-major order. */
export interface Block {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Larger than any float32. */
const MAX_VALUE = 1e39;

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const fromArrays = (argument: string, value: unknown): Block => {
  if (!isList(value)) {
    return invalidArgument(argument, 'a tensor or an array of numbers', value);
  }
  const [first] = Array.from({ length: Math.min(value.length, 1) }, (_, i) => value[i]);
  if (!isList(first)) return { shape: [value.length], data: value as ArrayLike<number> };
  const rows = Array.from(value, (row) => fromArrays(argument, row));
  const shape = rows[0]?.shape ?? [];
  const odd = rows.find((row) => !sameShape(row.shape, shape));
  if (odd !== undefined) {
    invalidArgument(
      argument,
      `rows of the same shape [${shape.join(', ')}]`,
      `one of [${odd.shape.join(', ')}]`,
    );
  }
  return { shape: [rows.length, ...shape], data: rows.flatMap(({ data }) => Array.from(data)) };
};

const assertDrawable = (argument: string, { data }: Block): void => {
  for (let i = 0; i < data.length; i++) {
    const value: unknown = data[i];
    if (typeof value !== 'number') invalidArgument(argument, 'numbers', value);
    if (!Number.isFinite(value) || Math.abs(value as number) > MAX_VALUE) {
      invalidArgument(argument, 'finite numbers that float32 can hold', `${value} at ${i}`);
    }
  }
};

const fromTensor = async (argument: string, tensor: Tensor): Promise<Block> => {
  if (!['float32', 'int32', 'bool'].includes(tensor.dtype))
    invalidArgument(argument, 'a tensor of numbers', tensor);
  return { shape: tensor.shape, data: await tensor.data() };
};

/**
 * Reads numbers, also from a GPU.
 *
 * @throws Error naming the argument unless it is a non-empty tensor or array of finite numbers
 */
export const readBlock = async (argument: string, value: unknown): Promise<Block> => {
  const block = isTensor(value) ? await fromTensor(argument, value) : fromArrays(argument, value);
  if (block.data.length === 0) invalidArgument(argument, 'at least one number', 'none');
  assertDrawable(argument, block);
  return block;
};

/**
 * Numbers of a shape, or with further axes of length one, as from a network with one output. A name in the shape is for any
 * length.
 *
 * @throws Error naming the argument for another shape
 */
const readShaped = async (
  argument: string,
  value: unknown,
  shape: readonly (number | string)[],
): Promise<Block> => {
  const { shape: own, data } = await readBlock(argument, value);
  const fits = own.every((size, i) => size === (shape[i] ?? 1) || typeof shape[i] === 'string');
  if (!fits || own.length < shape.length)
    invalidArgument(argument, `numbers of shape [${shape.join(', ')}]`, `shape [${own.join(', ')}]`);
  return { shape: own, data };
};

/**
 * Numbers of shape `[n]`, or `[n, 1]`, as from a network with one output.
 *
 * @throws Error naming the argument for another shape or length
 */
export const readList = async (
  argument: string,
  value: unknown,
  length?: number,
): Promise<readonly number[]> => Array.from((await readShaped(argument, value, [length ?? 'n'])).data);

/**
 * Rows of numbers of shape `[rows, columns]`, or `[rows, columns, 1]`.
 *
 * @throws Error naming the argument for another shape
 */
export const readRows = async (
  argument: string,
  value: unknown,
  columns?: number,
  rows?: number,
): Promise<readonly (readonly number[])[]> => {
  const { shape, data } = await readShaped(argument, value, [rows ?? 'rows', columns ?? 'columns']);
  const [height = 0, width = 0] = shape;
  const all = Array.from(data);
  return Array.from({ length: height }, (_, row) => all.slice(row * width, (row + 1) * width));
};

/**
 * The numbers, if they ascend; those that are `distinct` never repeat.
 *
 * @throws Error naming the argument if they do not
 */
export const checkAscending = (
  argument: string,
  values: readonly number[],
  distinct = false,
): readonly number[] =>
  values.every((value, i) => {
    const before = values[i - 1] ?? Number.NEGATIVE_INFINITY;
    return distinct ? value > before : value >= before;
  })
    ? values
    : invalidArgument(argument, 'ascending', values);

/** Sums of float32 may slightly exceed one. */
const TOLERANCE = 1e-3;

/**
 * Fractions, without what rounding has beyond 0 or 1.
 *
 * @throws Error naming the argument for numbers outside 0 to 1
 */
export const checkFractions = (argument: string, values: readonly number[]): readonly number[] => {
  const bad = values.find((value) => value < -TOLERANCE || value > 1 + TOLERANCE);
  if (bad !== undefined) invalidArgument(argument, 'from 0 to 1', bad);
  return values.map((value) => Math.min(Math.max(value, 0), 1));
};

/** Sorts lists of the same length by ascending x. */
export const ascendingOrder = (x: readonly number[]): ((values: readonly number[]) => readonly number[]) => {
  const order = x.map((_, index) => index).sort((a, b) => (x[a] as number) - (x[b] as number));
  return (values) => order.map((index) => values[index] as number);
};

/** The quantile of sorted numbers, linearly interpolated (Hyndman and Fan's type 7). */
export const quantile = (sorted: ArrayLike<number>, share: number): number => {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]] as readonly [number, number];
  return below + (place - Math.floor(place)) * (above - below);
};
