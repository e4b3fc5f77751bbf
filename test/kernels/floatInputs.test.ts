import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends, fastest, kernels } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const references: Readonly<Record<string, (x: number) => number>> = {
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  exp: Math.exp,
  expm1: Math.expm1,
  leakyRelu: (x) => (x < 0 ? 0.2 * x : x),
  log1p: Math.log1p,
  reciprocal: (x) => 1 / x,
  selu: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  sinh: Math.sinh,
  softplus: (x) => Math.log1p(Math.exp(x)),
};

type Op = (x: tf.Tensor) => tf.Tensor;

describeOnBackends('functions of real numbers, given integers and booleans,', () => {
  it.skipIf(!kernels).each(Object.entries(references))(
    '%s is that of the numbers, in float32',
    (name, reference) => {
      const op = (tf as unknown as Readonly<Record<string, Op>>)[name]!;
      const check = (xs: readonly number[], dtype: 'int32' | 'bool'): void =>
        tf.tidy(() => {
          const y = op(tf.tensor1d([...xs], dtype));
          expect(y.dtype).toBe('float32');
          const expected = xs.map(reference);
          const finite = expected.map((value) => Number.isFinite(value));
          // WGSL lets acos and asin be off by 6.8e-5.
          const tolerance = fastest === 'webgpu' && /acos|asin/.test(name) ? 1e-4 : 1e-5;
          expectNumbers(
            values(y).filter((_, i) => finite[i]),
            expected.filter((_, i) => finite[i]),
            tolerance,
          );
        });
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), (xs) =>
          check(xs, 'int32'),
        ),
        { numRuns: 20 },
      );
      check([1, 0, 1, 1, 0], 'bool');
    },
  );
});
