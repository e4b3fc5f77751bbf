import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { countElements, numbers } from './support.ts';

/** A tensor of numbers in [-1, 1) from a seed. */
export const random = (seed: number, shape: readonly number[]): tf.Tensor =>
  tf.tensor(numbers(countElements(shape), seed), [...shape]);

interface Result {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const on = async (backend: string, f: () => readonly tf.Tensor[]): Promise<readonly Result[]> => {
  await tf.setBackend(backend);
  const outputs = tf.tidy(() => [...f()]);
  const results = outputs.map((x) => ({ shape: x.shape, values: Array.from(x.dataSync()) }));
  tf.dispose(outputs);
  return results;
};

/** Expects the same from a function on wasm as on cpu, up to `tolerance` times the largest number. */
export const sameOnBoth = async (f: () => readonly tf.Tensor[], tolerance = 1e-5): Promise<void> => {
  const wanted = await on('cpu', f);
  const got = await on('wasm', f);
  expect(got.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
  got.forEach(({ values }, output) => {
    const expected = wanted[output]!.values;
    const scale = expected.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);
    const far = values.flatMap((value, at) => {
      const same = Object.is(value, expected[at]) || Math.abs(value - expected[at]!) <= tolerance * scale;
      return same ? [] : [`at ${at}: ${value}, expected ${expected[at]}`];
    });
    expect(far.slice(0, 5)).toEqual([]);
  });
};
