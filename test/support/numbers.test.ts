import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from './backends.ts';
import { valuesOfEach } from './numbers.ts';

describeOnBackends('valuesOfEach', () => {
  it('is the values of every tensor, in order', () => {
    tf.tidy(() => {
      const tensors = [
        tf.tensor2d([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        tf.scalar(7),
        tf.tensor1d([8, Number.NaN]),
      ];
      const wanted = [[1, 2, 3, 4, 5, 6], [7], [8, Number.NaN]];
      expect(valuesOfEach(tensors)).toEqual(wanted);
      expect(valuesOfEach([...tensors, tf.scalar(9, 'int32'), tf.zeros([0])])).toEqual([...wanted, [9], []]);
      expect(valuesOfEach([])).toEqual([]);
    });
  });

  it('leaks no tensor', () => {
    const x = tf.ones([2]);
    const before = tf.memory().numTensors;
    valuesOfEach([x, x]);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
