import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

describe('tf.clone on wasm', () => {
  test('shares its data, which live until the last tensor that uses them is disposed', () => {
    const buffers = tf.memory().numDataBuffers;
    const x = tf.tensor1d([1, 2, 3]);
    const y = tf.clone(x);
    expect(tf.memory().numDataBuffers).toBe(buffers + 1);
    x.dispose();
    expect([...y.dataSync()]).toEqual([1, 2, 3]);
    y.dispose();
    expect(tf.memory().numDataBuffers).toBe(buffers);
  });

  test('does not affect a reassigned variable, or a tensor that moves to another backend', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const copy = tf.clone(variable);
    variable.assign(tf.tensor1d([3, 4]));
    expect([...copy.dataSync()]).toEqual([1, 2]);
    const again = tf.clone(copy);
    await tf.setBackend('cpu');
    expect([...tf.add(copy, 1).dataSync()]).toEqual([2, 3]);
    expect([...tf.add(again, 2).dataSync()]).toEqual([3, 4]);
    await tf.setBackend('wasm');
    tf.dispose([variable, copy, again]);
  });

  test('copies strings and other types', () => {
    expect(tf.clone(tf.tensor1d(['a', 'b'])).dataSync()).toEqual(['a', 'b']);
    expect([...tf.clone(tf.tensor1d([true, false], 'bool')).dataSync()]).toEqual([1, 0]);
  });
});
