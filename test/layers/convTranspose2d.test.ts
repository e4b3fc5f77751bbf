import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { conv2d, convTranspose2d } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { backends, describeOnBackends, kernels, runs, start } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);
const small = (min: number, max: number) => fc.integer({ min, max });
const pair = (min: number, max: number) => fc.tuple(small(min, max), small(min, max));

const cases = fc
  .record({
    batch: small(1, 2),
    kernel: pair(1, 3),
    stride: pair(1, 3),
    dilation: pair(1, 2),
    padding: pair(0, 1),
    size: pair(2, 4),
    groups: small(1, 2),
    ins: small(1, 3),
    outs: fc.constantFrom(1, 2, 8),
    seed: fc.nat(1000),
  })
  .chain((one) =>
    fc.tuple(
      fc.constant(one),
      fc.tuple(
        ...one.stride.map((stride, axis) => small(0, Math.max(stride, one.dilation[axis]!) - 1)),
      ) as fc.Arbitrary<[number, number]>,
    ),
  );

const suite = (): void => {
  it('is the adjoint of conv2d with the same options', () => {
    fc.assert(
      fc.property(
        cases,
        ([{ batch, kernel, stride, dilation, padding, size, groups, ins, outs, seed }, added]) => {
          const output = size.map(
            (n, axis) =>
              (n - 1) * stride[axis]! +
              (kernel[axis]! - 1) * dilation[axis]! +
              1 +
              added[axis]! -
              2 * padding[axis]!,
          );
          // Beyond that conv2d would have windows that the transposed one does not know of.
          fc.pre(output.every((n) => n >= 1) && added.every((n, axis) => n < stride[axis]!));
          tf.tidy(() => {
            const shared = { stride, dilation, padding, groups, bias: false } as const;
            const [wide, narrow] = [ins * groups, outs * groups];
            const up = ordinary(convTranspose2d(wide, narrow, kernel, { ...shared, outputPadding: added }));
            const down = ordinary(conv2d(narrow, wide, kernel, shared));
            const params = up.init(random.key(seed));
            const x = tf.randomUniform([batch, ...size, wide], -1, 1, 'float32', seed);
            const y = tf.randomUniform([batch, ...output, narrow], -1, 1, 'float32', seed + 1);
            const upward = up.apply(params, key, x);
            expect(upward.shape).toEqual([batch, ...output, narrow]);
            const dot = (a: tf.Tensor, b: tf.Tensor) => values(tf.sum(tf.mul(a, b)));
            expectNumbers(dot(upward, y), dot(x, down.apply(params, key, y)), 1e-4);
          });
        },
      ),
      { numRuns: runs(40), seed: 1 },
    );
  });

  it.each([
    ['with a stride', convTranspose2d(2, 3, 2, { stride: 2, outputPadding: [0, 1] }), [2, 2, 2, 2]],
    ['in groups', convTranspose2d(4, 2, [2, 3], { groups: 2, padding: 1, dilation: 2 }), [1, 3, 2, 4]],
    ['of one image, depthwise', convTranspose2d(2, 2, 2, { groups: 2 }), [2, 3, 2]],
  ])('has the gradients of its weights and its input: %s', (_, layer, shape) => {
    tf.tidy(() => {
      const model = ordinary(layer);
      const { weight, bias } = model.init(key);
      const x = tf.randomUniform(shape, -1, 1, 'float32', 4);
      const loss = (y: tf.Tensor): tf.Tensor => tf.sum(tf.square(y));
      expectGradient((value) => loss(model.apply({ weight: { value }, bias }, key, x)), weight.value);
      expectGradient((value) => loss(model.apply({ weight, bias: { value } }, key, x)), bias.value);
      expectGradient((input) => loss(model.apply({ weight, bias }, key, input)), x);
    });
  });

  it('leaks no tensors', () => {
    const model = ordinary(convTranspose2d(2, 3, 3, { stride: 2 }));
    const params = model.init(key);
    const x = tf.zeros([2, 3, 2, 2]);
    expectNoLeak(() => model.apply(params, key, x));
    tf.dispose([x, params.weight.value, params.bias.value]);
  });
};

describeOnBackends('convTranspose2d', suite);

describe.runIf(backends.includes('wasm'))('convTranspose2d on wasm without our kernels', () => {
  beforeAll(async () => {
    await start('wasm');
    useKernels(false);
  });
  afterAll(() => {
    useKernels(kernels);
  });
  suite();
});

describe('convTranspose2d', () => {
  it('has weight [...kernel, out / groups, in], and its fan-in of that', async () => {
    await start(backends[0]!);
    tf.tidy(() => {
      const params = ordinary(convTranspose2d(4, 6, [3, 5], { groups: 2 })).init(key);
      expect([params.weight.value.shape, params.bias.value.shape]).toEqual([[3, 5, 3, 4], [6]]);
      const bound = 1 / Math.sqrt(3 * 5 * 3);
      const largest = Math.max(...values(params.weight.value).map(Math.abs));
      expect(largest).toBeLessThan(bound);
      expect(largest).toBeGreaterThan(0.8 * bound);
    });
  });

  const options = (given: object) => () => convTranspose2d(4, 6, 3, given as Record<never, never>);
  it.each<[string, () => unknown, string]>([
    [
      'a word for padding',
      options({ padding: 'same' }),
      "convTranspose2d: padding must be numbers, as PyTorch has no 'same' or 'valid' here, got 'same'",
    ],
    [
      'output padding as large as the stride',
      options({ stride: 2, outputPadding: 2 }),
      'convTranspose2d: outputPadding must be smaller than the stride or the dilation, got 2',
    ],
    [
      'groups that do not divide',
      options({ groups: 3 }),
      'convTranspose2d: inChannels must be divisible by groups (3), got 4',
    ],
  ])('refuses %s', (_, f, message) => {
    expect(f).toThrow(message);
  });

  it('rejects an input whose output would be empty', () => {
    tf.tidy(() => {
      const model = ordinary(convTranspose2d(1, 1, 1, { padding: 1 }));
      expect(() => model.apply(model.init(key), key, tf.zeros([1, 2, 3, 1]))).toThrow(
        'convTranspose2d: input must be large enough for an output, which would be [0, 1]',
      );
    });
  });
});
