import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bernoulli,
  bits,
  categorical,
  foldIn,
  gamma,
  type Key,
  key,
  normal,
  permutation,
  split,
  studentT,
  uniform,
} from '../../src/random/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';

const splitKeys = (seed: number, n: number): readonly Key[] => split(key(seed), n);
const values = (x: tf.Tensor): readonly number[] => Array.from(x.dataSync());

const functions: Readonly<Record<string, (k: Key) => tf.Tensor>> = {
  normal: (k) => normal(k, [2, 3]),
  'a scalar': (k) => normal(k, []),
  uniform: (k) => uniform(k, [4], { min: -1, max: 2 }),
  bernoulli: (k) => bernoulli(k, [5], { p: 0.3 }),
  permutation: (k) => permutation(k, 6),
  gamma: (k) => gamma(k, [2, 3], { concentration: 0.7 }),
  studentT: (k) => studentT(k, [4], { degreesOfFreedom: 3 }),
  categorical: (k) => categorical(k, tf.tensor2d([0, 1, 2, 3, 2, 1], [2, 3]), [4, 2]),
  'split and foldIn': (k) => tf.add(normal(foldIn(split(k, 3)[1]!, 7), [3]), uniform(k, [3])),
};

describeOnBackends('random inside vmap', () => {
  it.each(Object.entries(functions))('equals the loop exactly: %s', (_, f) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, n) =>
        tf.tidy(() => {
          const keys = splitKeys(seed, n);
          const all = vmap(f)(keys as unknown as Key);
          const loop = tf.stack(keys.map(f));
          expect(all.shape).toEqual(loop.shape);
          expect(all.dtype).toBe(loop.dtype);
          expect(values(all)).toEqual(values(loop));
        }),
      ),
      { numRuns: 20 },
    );
  });

  it('equals the loops when nested, with keys of either level', () => {
    tf.tidy(() => {
      const outer = splitKeys(1, 2);
      const inner = splitKeys(2, 3);
      const f = (a: Key, b: Key) => tf.sub(normal(a, [4]), uniform(b, [4]));
      const all = vmap((a: Key) => vmap((b: Key) => f(a, b))(inner as unknown as Key))(
        outer as unknown as Key,
      );
      const loop = tf.stack(outer.map((a) => tf.stack(inner.map((b) => f(a, b)))));
      expect(values(all)).toEqual(values(loop));
    });
  });

  it('equals the loops when an inner vmap runs over keys split from an outer one', () => {
    tf.tidy(() => {
      const outer = splitKeys(1, 2);
      const plain = key(9);
      // A list of a batch of keys, and of a key that is no batch.
      const f = (a: Key) => vmap((b: Key) => normal(b, [2, 2]))([...split(a, 3), plain] as unknown as Key);
      const all = vmap(f)(outer as unknown as Key);
      const loop = tf.stack(
        outer.map((a) => tf.stack([...split(a, 3), plain].map((b) => normal(b, [2, 2])))),
      );
      expect(all.shape).toEqual([2, 4, 2, 2]);
      expect(values(all)).toEqual(values(loop));
    });
  });

  it('returns keys as lists', () => {
    const keys = splitKeys(4, 3);
    const folded = vmap((k: Key) => foldIn(k, 5))(keys as unknown as Key) as unknown as readonly Key[];
    expect(folded.map(String)).toEqual(keys.map((k) => String(foldIn(k, 5))));
    const same = vmap(() => key(7), { axisSize: 2 })() as unknown as readonly Key[];
    expect(same.map(String)).toEqual(['Key(0, 7)', 'Key(0, 7)']);
  });

  it('gives each sample the same numbers if the key is not mapped', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.add(x, normal(key(3), [2]));
      const all = vmap(f)(tf.zeros([3, 2]));
      expect(values(all)).toEqual([1, 2, 3].flatMap(() => values(normal(key(3), [2]))));
    });
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    const keys = splitKeys(4, 3);
    const result = vmap((k: Key) => tf.mul(normal(k, [2]), uniform(k, [2])))(keys as unknown as Key);
    expect(tf.memory().numTensors).toBe(before + 1);
    result.dispose();
  });

  it('throws for plain numbers from a batch of keys', () => {
    const keys = splitKeys(4, 3);
    expect(() => vmap((k: Key) => tf.scalar(bits(k)[0]!))(keys as unknown as Key)).toThrow(
      'random.bits: key must be a single key, not a batch inside vmap',
    );
    expect(() => vmap((k: Key) => normal(k, [-1]))(keys as unknown as Key)).toThrow('random.normal: shape');
  });
});
