import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { categorical, key, uniform } from '../../src/random/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { take, values } from '../support/numbers.ts';

const probabilities = [0.5, 0.2, 0.05, 0.25];

describeOnBackends('random.categorical', () => {
  it('draws each class with its probability', () => {
    const count = 100_000;
    const logits = tf.add(tf.log(tf.tensor1d(probabilities)), 3);
    const draws = take(categorical(key(4), logits, [count]));
    probabilities.forEach((p, label) => {
      const found = draws.filter((draw) => draw === label).length / count;
      expect(Math.abs(found - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
    });
    logits.dispose();
  });

  it('is the argmax of logits plus Gumbel noise from jax.random.uniform', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([0.3, -1, 2, 1, 1, 1], [2, 3]);
      const u = values(uniform(key(8), [50, 2, 3], { min: 2 ** -126, max: 1 }));
      const draws = values(categorical(key(8), logits, [50, 2]));
      draws.forEach((draw, row) => {
        const noisy = [0, 1, 2].map(
          (label) =>
            (values(logits)[3 * (row % 2) + label] ?? 0) - Math.log(-Math.log(u[3 * row + label] ?? 0)),
        );
        expect(draw).toBe(noisy.indexOf(Math.max(...noisy)));
      });
    });
  });

  it('has the shape of the logits without their classes, or the requested shape', () => {
    tf.tidy(() => {
      const logits = tf.zeros([2, 3, 4]);
      expect(categorical(key(0), logits).shape).toEqual([2, 3]);
      expect(categorical(key(0), logits).dtype).toBe('int32');
      expect(categorical(key(0), logits, [5, 2, 3]).shape).toEqual([5, 2, 3]);
      const broadcast = categorical(key(0), tf.zeros([1, 1000]), [40]);
      expect(broadcast.shape).toEqual([40]);
      expect(new Set(values(broadcast)).size).toBeGreaterThan(20);
    });
  });

  it('never draws an impossible class, and always the only possible one', () => {
    tf.tidy(() => {
      const logits = tf.tensor1d([Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY]);
      expect(new Set(values(categorical(key(0), logits, [1000])))).toEqual(new Set([1]));
    });
  });

  it('maps over logits with one key', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([0, 1, 2, 3, 2, 1], [2, 3]);
      const all = vmap((row: tf.Tensor) => categorical(key(2), row, [20]))(logits);
      const loop = tf.unstack(logits).map((row) => values(categorical(key(2), row, [20])));
      expect(values(all)).toEqual(loop.flat());
    });
  });

  it('leaks nothing, and rejects logits without classes or that do not broadcast', () => {
    const logits = tf.zeros([2, 3]);
    expectNoLeak(() => categorical(key(0), logits));
    expect(() => categorical(3 as never, logits)).toThrow('random.categorical: key must be a random key');
    expect(() => categorical(key(0), tf.scalar(1))).toThrow(
      'random.categorical: logits must be a tensor with classes on its last axis, got ',
    );
    expect(() => categorical(key(0), [1, 2] as never)).toThrow('random.categorical: logits must be a tensor');
    for (const shape of [[3], [], [2, 1]]) {
      expect(() => categorical(key(0), logits, shape)).toThrow(
        'random.categorical: shape must be one to which [2] broadcasts, got ',
      );
    }
    logits.dispose();
  });
});
