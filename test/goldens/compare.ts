import type { Tensor } from '@tensorflow/tfjs-core';
import { type GoldenArray, readNumbers } from './json.ts';

/** How far one array is from its reference. */
export interface Comparison {
  readonly array: string;
  /** The largest difference, relative to the largest absolute value of the reference. */
  readonly error: number;
  readonly tolerance: number;
  /** What is wrong, where it is not a number. */
  readonly note?: string;
}

/** What float32 sums in another order come to. */
export const ROUNDING = 1e-5;
/** For gradients of whole networks and for training runs, in which rounding adds up. */
export const ACCUMULATED = 1e-4;

const difference = (a: number, b: number): number => {
  if (Object.is(a, b) || a === b) return 0;
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Number.POSITIVE_INFINITY;
};

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** The largest difference relative to the largest finite reference; against zeros alone nothing but 0 will do. */
export const relativeError = (actual: readonly number[], expected: readonly number[]): number => {
  const error = largest(expected.map((b, i) => difference(actual[i] ?? Number.NaN, b)));
  return error === 0 ? 0 : error / largest(expected.filter(Number.isFinite).map(Math.abs));
};

/** Compares a tensor with its reference: the same shape, and numbers within the tolerance. */
export const compare = (
  array: string,
  actual: Tensor,
  expected: GoldenArray,
  tolerance = ROUNDING,
): Comparison => {
  const shape = `[${actual.shape.join(', ')}]`;
  const wanted = `[${expected.shape.join(', ')}]`;
  return shape === wanted
    ? { array, error: relativeError([...actual.dataSync()], readNumbers(expected)), tolerance }
    : {
        array,
        error: Number.POSITIVE_INFINITY,
        tolerance,
        note: `shape ${shape} where ${wanted} is expected`,
      };
};

/** Compares a number with its reference. */
export const compareNumber = (array: string, actual: number, expected: number): Comparison => ({
  array,
  error: relativeError([actual], [expected]),
  tolerance: ROUNDING,
});

/** A failure that is not one of numbers. */
export const wrong = (array: string, note: string): Comparison => ({
  array,
  error: Number.POSITIVE_INFINITY,
  tolerance: ROUNDING,
  note,
});

/** Whether a comparison holds; an error that is NaN does not. */
export const holds = ({ error, tolerance }: Comparison): boolean => error <= tolerance;
