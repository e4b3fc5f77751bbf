import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type PoolingOptions,
  type Unary,
} from '../../src/layers/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

type Pool = (kernel: never, options?: PoolingOptions<never>) => Unary;
const pools: Readonly<Record<'max' | 'avg', readonly Pool[]>> = {
  max: [maxPool1d, maxPool2d, maxPool3d],
  avg: [avgPool1d, avgPool2d, avgPool3d],
};

/** All index tuples of a shape, in row-major order. */
const indices = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (before, size) => before.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );

const flat = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((at, i, axis) => at * shape[axis]! + i, 0);

const small = (min: number, max: number) => fc.integer({ min, max });
const cases = small(1, 3).chain((axes) => {
  const each = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: axes, maxLength: axes });
  return fc.record({
    kind: fc.constantFrom('max' as const, 'avg' as const),
    batch: small(1, 2),
    channels: small(1, 3),
    kernel: each(small(1, 3)),
    stride: each(small(1, 3)),
    pad: fc.boolean(),
    more: each(small(0, 3)),
    seed: fc.nat(1000),
  });
});

describeOnBackends('pooling', () => {
  it('takes the largest value, or the mean, under each window', () => {
    fc.assert(
      fc.property(cases, ({ kind, batch, channels, kernel, stride, pad, more, seed }) => {
        const padding = kernel.map((taps) => (pad ? Math.floor(taps / 2) : 0));
        const sizes = kernel.map((taps, axis) => taps + more[axis]!);
        const shape = [batch, ...sizes, channels];
        const outputs = sizes.map(
          (size, axis) => Math.floor((size + 2 * padding[axis]! - kernel[axis]!) / stride[axis]!) + 1,
        );
        tf.tidy(() => {
          const x = tf.randomUniform(shape, -1, 1, 'float32', seed);
          const pool = pools[kind][kernel.length - 1]!(kernel as never, { stride, padding } as never);
          const given = values(x);
          const wanted = indices([batch, ...outputs, channels]).map((place) => {
            const seen = indices(kernel).flatMap((tap) => {
              const at = tap.map((t, axis) => place[axis + 1]! * stride[axis]! + t - padding[axis]!);
              return at.every((i, axis) => i >= 0 && i < sizes[axis]!)
                ? [given[flat([place[0]!, ...at, place.at(-1)!], shape)]!]
                : [];
            });
            const taps = kernel.reduce((a, b) => a * b);
            return kind === 'max' ? Math.max(...seen) : seen.reduce((a, b) => a + b, 0) / taps;
          });
          const y = pool(x);
          expect(y.shape).toEqual([batch, ...outputs, channels]);
          expectNumbers(values(y), wanted);
          const one = pool(tf.reshape(tf.slice(x, 0, 1), shape.slice(1)));
          expectNumbers(values(one), values(tf.slice(y, 0, 1)));
          const apart = vmap(pool)(tf.expandDims(x, 1));
          expect(apart.shape).toEqual([batch, 1, ...outputs, channels]);
          expectNumbers(values(apart), wanted);
        });
      }),
      { numRuns: runs(40), seed: 1 },
    );
  });

  it.each([
    ['maxPool1d', maxPool1d(2), [1, 5, 2]],
    ['maxPool2d', maxPool2d([2, 3], { stride: 2, padding: 1 }), [1, 4, 5, 2]],
    ['maxPool3d', maxPool3d(2, { padding: 1 }), [1, 2, 3, 2, 1]],
    ['avgPool1d', avgPool1d(3, { padding: 1, stride: 2 }), [1, 5, 2]],
    ['avgPool2d', avgPool2d(2), [1, 4, 5, 2]],
    ['avgPool3d', avgPool3d(2, { stride: 1 }), [1, 2, 3, 2, 1]],
  ])('has a gradient: %s', (_, pool, shape) => {
    tf.tidy(() => {
      // Far enough from each other that no central difference changes which is the largest, and above 0: tfjs's own
      // gradient on wasm, which ours stands in for, forgets all others.
      const size = tf.util.sizeFromShape(shape);
      const values = Float32Array.from({ length: size }, (_, at) => (((at * 17) % size) + 1) / 10);
      const x = tf.tensor(values, shape);
      expectGradient((value) => tf.mul(pool(value), tf.reshape(tf.range(0, pool(x).size), pool(x).shape)), x);
    });
  });

  it('leaks no tensors', () => {
    const x = tf.zeros([1, 4, 4, 2]);
    expectNoLeak(() => maxPool2d(2, { padding: 1 })(x));
    x.dispose();
  });
});

describe('pooling', () => {
  it.each<[string, () => unknown, string]>([
    [
      'no kernel',
      () => maxPool2d(0),
      'maxPool2d: kernelSize must be an integer of at least 1, or 2 of them, got 0',
    ],
    [
      'no stride',
      () => avgPool1d(2, { stride: 0 }),
      'avgPool1d: stride must be an integer of at least 1, got 0',
    ],
    [
      'padding over half the kernel',
      () => avgPool2d([4, 2], { padding: 2 }),
      'avgPool2d: padding must be at most half of the kernel, [4, 2], got 2',
    ],
  ])('refuses %s', (_, f, message) => {
    expect(f).toThrow(message);
  });

  it('refuses inputs that do not fit', () => {
    tf.tidy(() => {
      expect(() => maxPool2d(3)(tf.zeros([1, 2, 5, 1]))).toThrow(
        'maxPool2d: input must be at least as large as the kernel, [3, 3], got a float32 tensor of shape [1, 2, 5, 1]',
      );
      expect(() => maxPool1d(1)(tf.zeros([3]))).toThrow(
        'maxPool1d: input must be a tensor of shape [batch, length, channels] or [length, channels]',
      );
    });
  });
});
