import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bernoulli, bits, key, normal, permutation, split, uniform } from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';

const close = (actual: tf.Tensor, expected: readonly number[], ulps: number): void => {
  const values = Array.from(actual.dataSync());
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(
      ulps * 2 ** -24 * Math.abs(expected[i]!) + 1e-12,
    );
  });
};

const shapes = fc.array(fc.nat(5), { maxLength: 4 });
const seeds = fc.maxSafeNat();

describeOnBackends('samplers', (backend) => {
  it('give the published values of jax.random', () => {
    expect(Array.from(bits(key(0)))).toEqual([4070199207]);
    expect(Array.from(bits(key(10), 4))).toEqual([169096361, 1572511259, 2689743692, 2228103506]);
    tf.tidy(() => {
      close(uniform(key(51), [4]), [0.471269, 0.12344253, 0.17550635, 0.5663593], 2);
      close(uniform(key(0), []), [0.947667], 8);
      close(uniform(split(key(0))[1]!, []), [0.00729382], 8);
      close(normal(key(42), []), [-0.028304616], 4);
    });
  });

  it('have the requested shape, and depend only on key and position', () => {
    fc.assert(
      fc.property(seeds, shapes, (seed, shape) =>
        tf.tidy(() => {
          for (const draw of [normal, uniform]) {
            const x = draw(key(seed), shape);
            expect(x.shape).toEqual(shape);
            expect(x.dtype).toBe('float32');
            const flat = draw(key(seed), [x.size + 3]).dataSync();
            expect(Array.from(x.dataSync())).toEqual(Array.from(flat.slice(0, x.size)));
          }
        }),
      ),
    );
  });

  it('do not depend on the blocks they are made in', () => {
    const first = bits(key(3), 5000);
    expect(Array.from(bits(key(3), 1025))).toEqual(Array.from(first.slice(0, 1025)));
    expect(new Set(first).size).toBe(5000);
  });

  it('give a uniform number in the interval, exactly as float32 arithmetic does', () => {
    const ends = fc.float({ noNaN: true, min: -1e6, max: 1e6 });
    // A GPU may take a subnormal number for 0, also an intermediate one: a step of range / 2^23.
    const finest = backend === 'webgpu' ? 2 ** -100 : 0;
    fc.assert(
      fc.property(seeds, ends, ends, (seed, ...sides) => {
        const [a, b] = sides.map((x) => (Math.abs(x) < finest ? 0 : x)) as [number, number];
        fc.pre(a !== b && Math.abs(a - b) >= finest);
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const values = tf.tidy(() => uniform(key(seed), [20], { min, max }).dataSync());
        const fractions = bits(key(seed), 20);
        const f = Math.fround;
        values.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(min);
          expect(value).toBeLessThanOrEqual(max);
          expect(value).toBe(Math.max(min, f(f((fractions[i]! >>> 9) * 2 ** -23 * f(max - min)) + min)));
        });
      }),
    );
  });

  it('give ones if the uniform number is below the probability', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, p) =>
        tf.tidy(() => {
          const ones = Array.from(bernoulli(key(seed), [30], { p }).dataSync());
          const u = Array.from(uniform(key(seed), [30]).dataSync());
          expect(ones).toEqual(u.map((x) => (x < Math.fround(p) ? 1 : 0)));
        }),
      ),
    );
    tf.tidy(() => {
      expect(tf.sum(bernoulli(key(0), [1000], { p: 1 })).dataSync()[0]).toBe(1000);
      expect(tf.sum(bernoulli(key(0), [1000], { p: 0 })).dataSync()[0]).toBe(0);
    });
  });

  it('allocate one tensor each', () => {
    const before = tf.memory().numTensors;
    const made = [
      normal(key(0), [3]),
      uniform(key(0), [3]),
      bernoulli(key(0), [3], { p: 0.5 }),
      permutation(key(0), 3),
    ];
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose(made);
  });

  it('reject an invalid key, shape, interval or probability by name', () => {
    const bad = 3 as never;
    expect(() => normal(bad, [])).toThrow('random.normal: key must be a random key, got 3');
    expect(() => normal([key(0)] as never, [])).toThrow(
      'random.normal: key must be a random key, got [a Key]',
    );
    expect(() => uniform(bad, [])).toThrow('random.uniform: key must be a random key, got 3');
    expect(() => bernoulli(bad, [], { p: 0.5 })).toThrow('random.bernoulli: key must be a random key, got 3');
    expect(() => bits(bad)).toThrow('random.bits: key must be a random key, got 3');
    expect(() => bits(key(0), -1)).toThrow('random.bits: n must be a non-negative integer, got -1');
    for (const shape of [[-1], [1.5], [2, Number.NaN], 3, undefined, ['2']]) {
      expect(() => normal(key(0), shape as never)).toThrow(
        'random.normal: shape must be a list of non-negative integers, got ',
      );
    }
    expect(() => uniform(key(0), [], { min: Number.NaN })).toThrow(
      'random.uniform: min must be a finite number, got NaN',
    );
    expect(() => uniform(key(0), [], { max: 1e39 })).toThrow('random.uniform: max must be a finite number');
    expect(() => uniform(key(0), [], { min: 1 })).toThrow('random.uniform: max must be above min = 1, got 1');
    for (const p of [-0.1, 1.1, Number.NaN, '0.5']) {
      expect(() => bernoulli(key(0), [], { p: p as never })).toThrow(
        'random.bernoulli: p must be a number in [0, 1], got ',
      );
    }
  });

  it('say the order of their arguments to who gives the probability before the shape', () => {
    expect(() => bernoulli(key(0), 0.5 as never, [2, 3] as never)).toThrow(
      'random.bernoulli: shape must be a list of non-negative integers, as in ' +
        'random.bernoulli(key, [2, 3], { p: 0.5 }), got 0.5',
    );
    expect(() => bernoulli(key(0), [2, 3], 0.5 as never)).toThrow(
      'random.bernoulli: options must be a record of options, got 0.5',
    );
  });
});
