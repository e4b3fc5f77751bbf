import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { heldBytes, tidying } from '../../src/tree/tidied.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Squares plus 1: one intermediate for each call. */
const shifted = tidying((x: tf.Tensor) => tf.add(tf.square(x), 1));

describe('tidying', () => {
  it('disposes the intermediates of the outermost function, and keeps its result', () => {
    const x = tf.scalar(3);
    const before = tf.memory().numTensors;
    const y = tidying(() => ({ twice: shifted(shifted(x)) }))();
    expect(y.twice.dataSync()[0]).toBe(101);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([x, y.twice]);
  });

  it('opens one scope for functions that call each other, and its own inside any other scope', () => {
    const scopes = () => (tf.engine().state as { readonly scopeStack: readonly unknown[] }).scopeStack.length;
    const depth = tidying(scopes);
    const outside = scopes();
    expect(depth()).toBe(outside + 1);
    expect(tidying(() => depth())()).toBe(outside + 1);
    expect(tidying(() => tf.tidy(() => tf.scalar(depth()).dataSync()[0]! as never))()).toBe(outside + 3);
  });

  it('disposes what a function made that throws', () => {
    const before = tf.memory().numTensors;
    const failing = tidying(() => {
      tf.scalar(1);
      throw new Error('here');
    });
    expect(failing).toThrow('here');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('heldBytes', () => {
  it('counts the result and all intermediates, and disposes them', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const before = tf.memory().numTensors;
    // Two squares and two sums; what another scope has disposed counts no more.
    expect(heldBytes(() => shifted(shifted(x)))).toBe(4 * 12);
    expect(tidying(() => tf.scalar(heldBytes(() => shifted(x))))().dataSync()[0]).toBe(24);
    expect(heldBytes(() => tf.tidy(() => shifted(x)))).toBe(12);
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});
