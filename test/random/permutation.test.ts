import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, key, permutation } from '../../src/random/index.ts';
import { permutationIndices } from '../../src/random/permutation.ts';
import { describeOnBackends } from '../support/backends.ts';

describeOnBackends('permutation', () => {
  it('has each index once, the same order each time', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 3000 }), (seed, n) =>
        tf.tidy(() => {
          const order = permutation(key(seed), n);
          expect(order.dtype).toBe('int32');
          const found = Array.from(order.dataSync());
          expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
          expect(found).toEqual(Array.from(permutationIndices(key(seed), n)));
        }),
      ),
    );
  });
});

describe('permutationIndices', () => {
  it('gives all orders of four with equal frequency, by a chi-square test', () => {
    const trials = 24_000;
    const counts = new Map<string, number>();
    for (let trial = 0; trial < trials; trial++) {
      const order = permutationIndices(foldIn(key(5), trial), 4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const expected = trials / 24;
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 23 degrees of freedom: above 49.7 once in a thousand keys.
    expect(chiSquare).toBeLessThan(49.7);
  });

  it('rejects an invalid key or size by name', () => {
    expect(() => permutation(3 as never, 2)).toThrow('random.permutation: key must be a random key, got 3');
    expect(() => permutationIndices(3 as never, 2)).toThrow('random.permutation: key must be a random key');
    for (const n of [0, -2, 1.5, '3']) {
      expect(() => permutation(key(0), n as never)).toThrow(
        'random.permutation: n must be a positive integer, got ',
      );
    }
  });
});
