import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { leaves } from '../../src/tree/index.ts';

/** Expects a function to leave behind the tensors of its result and no others; disposes them. */
export const expectNoLeak = (f: () => unknown): void => {
  const before = tf.memory().numTensors;
  const result = leaves(f());
  expect(tf.memory().numTensors - before).toBe(new Set(result).size);
  for (const tensor of result) if (!tensor.isDisposed) tensor.dispose();
  expect(tf.memory().numTensors).toBe(before);
};
