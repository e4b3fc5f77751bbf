import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';
import { settled } from './reading.ts';

export interface Row {
  readonly inputs: readonly [tf.Tensor, { readonly pixels: Uint8Array }];
  readonly targets: number;
  readonly weights: number;
  readonly mask: readonly (readonly boolean[])[];
}

export type RowBatch = { readonly targets: tf.Tensor };

/** A row of every kind of leaf, whose values say which it is. */
export const rowAt = (row: number): Row => ({
  inputs: [tf.tensor1d([row, 0.5]), { pixels: Uint8Array.of(row, 1, 2) }],
  targets: row,
  weights: row + 1,
  mask: [
    [true, row % 2 === 0],
    [false, true],
  ],
});

export function* makeRows(count: number): Generator<Row> {
  for (let row = 0; row < count; row++) yield rowAt(row);
}

/** Batches of rows that are counted from 0. */
export function* makeBatches(
  rows: number,
  size: number,
): Generator<{ inputs: tf.Tensor; targets: tf.Tensor }> {
  for (let start = 0; start < rows; start += size) {
    const targets = tf.range(start, Math.min(start + size, rows));
    yield { inputs: tf.reshape(targets, [-1, 1]), targets };
  }
}

/** Expects each test of a suite to dispose all tensors that it makes. */
export const expectNoTensorsLeft = (): void => {
  const before = { tensors: 0 };
  beforeEach(() => {
    before.tensors = tf.memory().numTensors;
  });
  afterEach(async () => {
    await settled();
    expect(tf.memory().numTensors).toBe(before.tensors);
  });
};
