import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gelu, silu, type Unary } from '../../src/layers/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { uniform } from './support/sized.ts';

const points = [-6, -2, -0.7, -0.1, 0, 0.3, 1, 2.5, 7];

/** P(Z <= x) of a standard normal by the sum of 2,000 steps, in doubles. */
const cumulative = (x: number): number => {
  const steps = 2000;
  const width = x / steps;
  const density = (z: number) => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  const middles = Array.from({ length: steps }, (_, i) => density((i + 0.5) * width));
  return 0.5 + width * middles.reduce((a, b) => a + b, 0);
};

const tanhForm = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const approximate: Unary = (x) => gelu(x, { approximate: 'tanh' });

describeOnBackends('activations', () => {
  it.each<[string, Unary, (x: number) => number]>([
    ['gelu', gelu, (x) => x * cumulative(x)],
    ['gelu with tanh', approximate, tanhForm],
    ['silu', silu, (x) => x / (1 + Math.exp(-x))],
  ])('%s is its formula, has its gradient and runs under vmap', (_, f, formula) => {
    tf.tidy(() => {
      const x = tf.tensor1d(points);
      // The error function of tfjs is right to 1.5e-7.
      expectNumbers(values(f(x)), points.map(formula), 1e-6);
      expectGradient(f, uniform([6], 1));
      expectNumbers(values(vmap(f)(tf.stack([x, tf.neg(x)]))), [...values(f(x)), ...values(f(tf.neg(x)))]);
    });
  });

  it('gelu refuses another approximation', () => {
    tf.tidy(() => {
      expect(() => gelu(tf.zeros([1]), { approximate: 'erf' as never })).toThrow(
        "gelu: approximate must be 'none' or 'tanh', got 'erf'",
      );
    });
  });
});
