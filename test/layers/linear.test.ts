import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);

/** `x W + b` of one row in float64. */
const affineRow = (
  x: readonly number[],
  weight: readonly number[],
  bias: readonly number[],
): readonly number[] =>
  bias.map((b, o) => x.reduce((sum, value, i) => sum + value * (weight[i * bias.length + o] as number), b));

const makeRows = (x: readonly number[], size: number): readonly (readonly number[])[] =>
  Array.from({ length: x.length / size }, (_, row) => x.slice(row * size, (row + 1) * size));

describeOnBackends('linear', () => {
  it('is x W + b over the last axis, for any number of axes before it', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        fc.array(size, { maxLength: 3 }),
        size,
        size,
        fc.nat(1000),
        (leading, inputs, outputs, seed) => {
          tf.tidy(() => {
            const model = ordinary(linear(inputs, outputs));
            const params = model.init(random.key(seed));
            const x = tf.randomUniform([...leading, inputs], -1, 1, 'float32', seed);
            const y = model.apply(params, key, x);
            expect(y.shape).toEqual([...leading, outputs]);
            const [weight, bias] = [values(params.weight.value), values(params.bias.value)];
            expectNumbers(
              values(y),
              makeRows(values(x), inputs).flatMap((row) => affineRow(row, weight, bias)),
            );
          });
        },
      ),
    );
  });

  it('has weight [in, out] and bias [out], or no bias', () => {
    tf.tidy(() => {
      const params = ordinary(linear(3, 2)).init(key);
      expect([params.weight.value.shape, params.bias.value.shape]).toEqual([[3, 2], [2]]);
      const bare = ordinary(linear(3, 2, { bias: false }));
      const alone = bare.init(key);
      expect(Object.keys(alone)).toEqual(['weight']);
      expectNumbers(values(bare.apply(alone, key, tf.eye(3))), values(alone.weight.value));
    });
  });

  it('has the gradients of its weights and its input', () => {
    tf.tidy(() => {
      const model = ordinary(linear(3, 2));
      const { weight, bias } = model.init(key);
      const x = tf.randomUniform([2, 2, 3], -1, 1, 'float32', 4);
      const loss = (y: tf.Tensor): tf.Tensor => tf.sum(tf.square(y));
      expectGradient((value) => loss(model.apply({ weight: { value }, bias }, key, x)), weight.value);
      expectGradient((value) => loss(model.apply({ weight, bias: { value } }, key, x)), bias.value);
      expectGradient((input) => loss(model.apply({ weight, bias }, key, input)), x);
    });
  });

  it('refuses an input with another number of features, of any rank', () => {
    tf.tidy(() => {
      const model = ordinary(linear(3, 2));
      const params = model.init(key);
      const message =
        'linear: input must be a tensor with 3 features on its last axis, got a float32 tensor of shape';
      expect(() => model.apply(params, key, tf.zeros([5, 4]))).toThrow(`${message} [5, 4]`);
      expect(() => model.apply(params, key, tf.zeros([3, 2]))).toThrow(`${message} [3, 2]`);
      expect(() => model.apply(params, key, tf.zeros([2]))).toThrow(`${message} [2]`);
      expect(() => model.apply(params, key, tf.zeros([2, 6, 1]))).toThrow(`${message} [2, 6, 1]`);
      expect(() => model.apply(params, key, tf.scalar(1))).toThrow(`${message} []`);
    });
  });

  it('leaks no tensors, also when it throws', () => {
    const model = ordinary(linear(3, 2));
    const params = model.init(key);
    const [x, bad] = [tf.zeros([2, 4, 3]), tf.zeros([2, 4])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => {
      expect(() => model.apply(params, key, bad)).toThrow();
    });
    tf.dispose([x, bad]);
    tf.dispose([params.weight.value, params.bias.value]);
  });
});

describe('linear', () => {
  it.each([
    [0, 1, 'inFeatures', '0'],
    [2.5, 1, 'inFeatures', '2.5'],
    [2, -1, 'outFeatures', '-1'],
    [2, Number.NaN, 'outFeatures', 'NaN'],
  ])('refuses sizes %d and %d', (inputs, outputs, name, got) => {
    expect(() => linear(inputs, outputs)).toThrow(`linear: ${name} must be a positive integer, got ${got}`);
  });
});
