import * as tf from '@tensorflow/tfjs-core';
import { Tensor } from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import type { Backend } from './backend.ts';
import type { Outcome, Row } from './row.ts';

const numbers = async (result: ReturnType<Row['run']>): Promise<readonly number[]> => {
  if (result instanceof Tensor) return Array.from(await result.data());
  const parts = await Promise.all(
    (result as readonly (Tensor | number)[]).map(async (part) =>
      part instanceof Tensor ? Array.from(await part.data()) : [part],
    ),
  );
  return parts.flat();
};

/** What a row's call gives on the current backend: numbers, or the message of its error. */
export const runRow = async (row: Row): Promise<Outcome> => {
  try {
    return await numbers(row.run(tf, tfLayers));
  } catch (error) {
    return (error as Error).message;
  }
};

/** Whether an outcome is the expected one: the numbers within the row's tolerance, or a message with these words. */
const agrees = (got: Outcome, expected: Outcome, tolerance: number): boolean => {
  if (typeof got === 'string' || typeof expected === 'string')
    return typeof got === 'string' && typeof expected === 'string' && got.includes(expected);
  const finite = expected.filter(Number.isFinite).map(Math.abs);
  const scale = Math.max(...finite, 0);
  return (
    got.length === expected.length &&
    got.every(
      (value, i) => Object.is(value, expected[i]) || Math.abs(value - expected[i]!) <= tolerance * scale,
    )
  );
};

/** Fails, showing both, unless an outcome is the expected one. */
export const expectOutcome = (got: Outcome, expected: Outcome, tolerance = 1e-5): void => {
  if (!agrees(got, expected, tolerance)) expect(got).toEqual(expected);
  expect(agrees(got, expected, tolerance)).toBe(true);
};

/** What plain TensorFlow.js is expected to give on a backend. */
export const plainOutcome = ({ gives, right }: Row, backend: Backend): Outcome => gives[backend] ?? right;
