import * as tf from '@tensorflow/tfjs-core';

/** A record of a golden file, of which nothing is known until it is read. */
export type Fields = Readonly<Record<string, unknown>>;

/** An array as golden files hold it: its shape, and its numbers as nested lists. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: unknown;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const expected = (what: string, name: string): never => {
  throw new Error(`the case has no ${what} '${name}'`);
};

const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const asNumber = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined;
};

export const isGoldenArray = (value: unknown): value is GoldenArray =>
  isFields(value) && Array.isArray(value.shape) && 'data' in value;

/** Reads an array; a bare number is one without axes. */
export const arrayIn = (of: Fields, name: string): GoldenArray => {
  const value = of[name];
  if (isGoldenArray(value)) return value;
  return asNumber(value) === undefined ? expected('array', name) : { shape: [], data: value };
};

export const numberIn = (of: Fields, name: string): number => asNumber(of[name]) ?? expected('number', name);

export const textIn = (of: Fields, name: string): string => {
  const value = of[name];
  return typeof value === 'string' ? value : expected('text', name);
};

export const fieldsIn = (of: Fields, name: string): Fields => {
  const value = of[name];
  return isFields(value) ? value : expected('record', name);
};

export const listIn = (of: Fields, name: string): readonly unknown[] => {
  const value = of[name];
  return Array.isArray(value) ? value : expected('list', name);
};

/** Whether a case has a field; `null` says that it has none. */
export const has = (of: Fields, name: string): boolean => of[name] !== undefined && of[name] !== null;

/** The numbers of an array in row-major order. */
export const readNumbers = ({ shape, data }: GoldenArray): readonly number[] => {
  const flat: readonly unknown[] = Array.isArray(data) ? data.flat(Number.POSITIVE_INFINITY) : [data];
  const size = shape.reduce((a, b) => a * b, 1);
  if (flat.length !== size) throw new Error(`an array of shape [${shape}] has ${flat.length} numbers`);
  return flat.map((value) => {
    const number = asNumber(value);
    if (number === undefined) throw new Error(`an array holds ${JSON.stringify(value)}, which is no number`);
    return number;
  });
};

/** An array as a float32 tensor. */
export const toTensor = (array: GoldenArray): tf.Tensor =>
  tf.tensor(Float32Array.from(readNumbers(array)), [...array.shape], 'float32');

/** An array of class labels as an int32 tensor. */
export const toLabels = (array: GoldenArray): tf.Tensor =>
  tf.tensor(Int32Array.from(readNumbers(array)), [...array.shape], 'int32');

/** A number as it is, an array as a tensor. */
export const numberOrTensorIn = (of: Fields, name: string): number | tf.Tensor =>
  asNumber(of[name]) ?? toTensor(arrayIn(of, name));
