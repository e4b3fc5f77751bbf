import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { readTogether } from './readTogether.ts';

/** A tensor's values in order. */
export const values = (tensor: tf.Tensor): readonly number[] => Array.from(tensor.dataSync());

/** The values of each tensor. A GPU, which every read waits for, is read once for all of them. */
export const valuesOfEach = (tensors: readonly tf.Tensor[]): readonly (readonly number[])[] => {
  readTogether(tensors);
  return tensors.map(values);
};

/** The values of a tensor that is read once and disposed. */
export const take = (tensor: tf.Tensor): readonly number[] => {
  const read = values(tensor);
  tensor.dispose();
  return read;
};

/** Compares numbers within a tolerance relative to the largest expected one (or to 1, if that is larger). */
export const expectNumbers = (
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-5,
): void => {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const far = actual.flatMap((value, index) => {
    const wanted = expected[index] as number;
    return Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance * scale
      ? []
      : [`at ${index}: ${value}, expected ${wanted}`];
  });
  expect(far).toEqual([]);
};

export const average = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

export const sampleVariance = (xs: readonly number[]): number => {
  const mean = average(xs);
  return xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - 1);
};

/** Expects the mean of draws within four standard errors of `expected`. */
export const expectMean = (draws: readonly number[], expected: number): void => {
  const standardError = Math.sqrt(sampleVariance(draws) / draws.length);
  expect(Math.abs(average(draws) - expected)).toBeLessThan(4 * standardError);
};

/** A number, or 0 for one so small that a GPU may take it for 0 (WGSL, 'Floating point evaluation': subnormals). */
export const withoutSubnormal = (x: number): number => (Math.abs(x) < 2 ** -126 ? 0 : x);
