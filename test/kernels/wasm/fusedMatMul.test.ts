import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { expectNumbers, take } from '../../support/numbers.ts';
import { numbers } from './support.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
type Activation = (typeof activations)[number];

const activate = (x: tf.Tensor, activation: Activation, slopes: tf.Tensor): tf.Tensor =>
  ({
    linear: () => x,
    relu: () => tf.relu(x),
    relu6: () => tf.relu6(x),
    elu: () => tf.elu(x),
    sigmoid: () => tf.sigmoid(x),
    leakyrelu: () => tf.leakyRelu(x, 0.3),
    prelu: () => tf.prelu(x, slopes),
  })[activation]();

const size = fc.integer({ min: 1, max: 9 });
const random = (seed: number, ...shape: number[]): tf.Tensor =>
  tf.tensor(
    numbers(
      shape.reduce((p, n) => p * n, 1),
      seed,
    ),
    shape,
  );

describe('tf.fused.matMul on wasm', () => {
  test('is the product, then the bias, then the activation', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([], [1], [3], [2, 2]),
        fc.tuple(size, size, size),
        fc.tuple(fc.boolean(), fc.boolean()),
        fc.constantFrom('none', 'columns', 'row', 'reshaped', 'matrix', 'all', 'scalar'),
        fc.constantFrom(...activations),
        fc.nat(),
        (outer, [m, k, n], [transposeA, transposeB], kind, activation, seed) => {
          const [got, wanted] = tf.tidy(() => {
            const a = random(seed, ...outer, ...(transposeA ? [k, m] : [m, k]));
            const b = random(seed + 1, ...outer, ...(transposeB ? [n, k] : [k, n]));
            const slopes = tf.abs(random(seed + 2, n));
            const biases = {
              none: undefined,
              columns: random(seed + 3, n),
              row: random(seed + 3, 1, n),
              reshaped: tf.reshape(random(seed + 3, 1, n), [n]),
              matrix: random(seed + 3, m, n),
              all: random(seed + 3, ...outer, m, n),
              scalar: tf.scalar(0.3),
            };
            const bias = biases[kind as keyof typeof biases];
            const fused = tf.fused.matMul({
              a,
              b,
              transposeA,
              transposeB,
              activation,
              leakyreluAlpha: 0.3,
              preluActivationWeights: slopes,
              ...(bias ? { bias } : {}),
            });
            const product = tf.matMul(a, b, transposeA, transposeB);
            return [fused, activate(bias ? tf.add(product, bias) : product, activation, slopes)];
          }) as [tf.Tensor, tf.Tensor];
          expect(got.shape).toEqual(wanted.shape);
          expectNumbers(take(got), take(wanted), 1e-6);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('leaks no tensor or data', () => {
    const [a, b, bias] = [tf.ones([2, 3, 4]), tf.ones([2, 4, 5]), tf.ones([5])];
    const { numDataIds } = tf.backend();
    const before = numDataIds.call(tf.backend());
    expectNoLeak(() => tf.fused.matMul({ a, b, bias, activation: 'relu' }));
    expect(numDataIds.call(tf.backend())).toBe(before);
    tf.dispose([a, b, bias]);
  });
});
