import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';
import { readValues } from '../backend.ts';

/** The token after the end of a sequence, in inputs and targets. Digits 0 to 9 are the tokens 1 to 10. */
export const PADDING = 0;
export const TOKENS = 11;

/** Sequences of digits, and the same sequences backwards, int32 `[rows, width]`. */
export interface Sequences {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** Sequences of random digits with alternating lengths, padded to a width. */
export const reversals = async (
  key: random.Key,
  rows: number,
  lengths: readonly number[],
  width: number,
): Promise<Sequences> => {
  const { digits } = await readValues({ digits: random.uniform(key, [rows, width], { max: TOKENS - 1 }) });
  const inputs = new Int32Array(rows * width).fill(PADDING);
  const targets = new Int32Array(rows * width).fill(PADDING);
  for (let row = 0; row < rows; row++) {
    const length = lengths[row % lengths.length] ?? 0;
    for (let i = 0; i < length; i++) {
      const token = 1 + Math.floor(digits[row * width + i] ?? 0);
      inputs[row * width + i] = token;
      targets[row * width + length - 1 - i] = token;
    }
  }
  return {
    inputs: tf.tensor2d(inputs, [rows, width], 'int32'),
    targets: tf.tensor2d(targets, [rows, width], 'int32'),
  };
};
