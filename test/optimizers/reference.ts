import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { GradientTransformation } from '../../src/optimizers/index.ts';
import { runs } from '../support/backends.ts';
import { flat, flatNumbers, tensors, trees } from './trees.ts';

/** The update of one parameter for its gradients so far, the last one last, in double precision. */
export type Reference = (gradients: readonly number[], parameter: number) => number;

/** Compares several steps on random trees with a reference for each number; also counts tensors. */
export const matchesReference = <S>(
  optimizer: GradientTransformation<S>,
  reference: Reference,
  tolerance: number,
): void => {
  fc.assert(
    fc.property(trees, fc.array(trees, { minLength: 1, maxLength: 6 }), (start, steps) =>
      tf.tidy(() => {
        const params = tensors(start);
        const gradients = steps.map(tensors);
        gradients.reduce((state, gradient, step) => {
          const before = [...flat(params), ...flat(gradient), ...flat(state)];
          const next = optimizer.update(gradient, state, params);
          expect([...flat(params), ...flat(gradient), ...flat(state)]).toEqual(before);
          flat(next.updates).forEach((update, i) => {
            const expected = reference(
              steps.slice(0, step + 1).map((tree) => flatNumbers(tree)[i]!),
              flatNumbers(start)[i]!,
            );
            expect(Math.abs(update - expected)).toBeLessThan(tolerance * Math.max(1, Math.abs(expected)));
          });
          return next.state;
        }, optimizer.init(params));
      }),
    ),
    { numRuns: runs(25) },
  );
};

/** Expects `update` to leave what it returns and no other tensor. */
export const leavesNothing = <S>(optimizer: GradientTransformation<S>): void => {
  const params = { w: tf.ones([2, 2]), deep: [tf.scalar(1)] };
  const gradient = { w: tf.fill([2, 2], 3), deep: [tf.scalar(-2)] };
  const before = tf.memory().numTensors;
  const state = optimizer.init(params);
  const next = optimizer.update(gradient, state, params);
  const again = optimizer.update(gradient, next.state, params);
  tf.dispose([state, next.updates, next.state, again.updates, again.state] as unknown as tf.TensorContainer);
  expect(tf.memory().numTensors).toBe(before);
  expect(flat(gradient)).toEqual([3, 3, 3, 3, -2]);
  tf.dispose([params, gradient]);
};
