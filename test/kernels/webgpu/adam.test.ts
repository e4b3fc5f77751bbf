import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { random, scaleByAdam } from '../../../src/index.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

/** Some steps of Adam on a tree: moments and directions of the last. */
const steps = (shapes: readonly (readonly number[])[], count: number, seed: number) => (): tf.Tensor[] => {
  const optimizer = scaleByAdam();
  const params = shapes.map((shape) => tf.zeros([...shape]));
  let state = optimizer.init(params);
  let updates: readonly tf.Tensor[] = [];
  for (let step = 0; step < count; step++) {
    const gradient = shapes.map((shape, at) =>
      random.normal(random.foldIn(random.key(seed + at), step), shape),
    );
    ({ updates, state } = optimizer.update(gradient, state, params));
  }
  const { firstMoment, secondMoment } = state;
  return [updates, firstMoment, secondMoment].flatMap((tree) => [...(tree as readonly tf.Tensor[])]);
};

describeOnWebgpu('a step of adam on webgpu', () => {
  test('is that of cpu and of plain operations, over trees of every shape', async () => {
    const shape = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 6 }),
      fc.constantFrom([0], [1], [64], [65], [1001]),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        async (shapes, count, seed) => {
          const ours = await on('webgpu', steps(shapes, count, seed));
          expectSame(ours, await on('cpu', steps(shapes, count, seed)), 1e-5);
          expectSame(ours, await on('webgpu', steps(shapes, count, seed), false), 1e-5);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('passes NaN and infinities on to their own elements only', async () => {
    const numbers = [1, Number.NaN, 2, 3, 1 / 0, 4, 5, 6, Number.NaN];
    const outputs = await on('webgpu', () => {
      const params = [tf.zeros([9])];
      const optimizer = scaleByAdam();
      const { updates, state } = optimizer.update([tf.tensor1d(numbers)], optimizer.init(params), params);
      const { firstMoment, secondMoment } = state;
      return [updates, firstMoment, secondMoment].flatMap((tree) => [...(tree as readonly tf.Tensor[])]);
    });
    for (const { values } of outputs)
      expect([...values].map(Number.isFinite)).toEqual(numbers.map(Number.isFinite));
  });
});
