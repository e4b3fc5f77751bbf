import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ivon, random } from '../../../src/index.ts';
import { leaves } from '../../../src/tree/index.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

/** Some steps of ivon on a tree of normal variables: the momentum and the updates of the last. */
const steps = (shapes: readonly (readonly number[])[], count: number, seed: number) => (): tf.Tensor[] => {
  const optimizer = ivon({ learningRate: 0.1, beta2: 0.5, clipRadius: 3 });
  const draw = (at: number, shape: readonly number[], part: number) =>
    random.normal(random.foldIn(random.key(seed + at), part), shape);
  const trees = (part: number) =>
    shapes.map((shape, at) => ({ mean: draw(at, shape, part), logStd: draw(at, shape, part + 1) }));
  const params = trees(0);
  let state = optimizer.init(params);
  let updates: unknown;
  for (let step = 0; step < count; step++)
    ({ updates, state } = optimizer.update(trees(2 + 2 * step), state, params));
  return [...leaves([updates, state.momentum])];
};

describeOnWebgpu('a step of ivon on webgpu', () => {
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

  test('makes NaN of its own elements alone where a precision is lost', async () => {
    const slopes = [1, Number.NaN, 2, 3, 1 / 0, 4, 50, 6, -50];
    const [mean, logStd, momentum] = await on('webgpu', () => {
      const params = { w: { mean: tf.zeros([9]), logStd: tf.zeros([9]) } };
      const optimizer = ivon({ learningRate: 0.1, beta2: 0 });
      const gradient = { w: { mean: tf.ones([9]), logStd: tf.tensor1d(slopes) } };
      const { updates, state } = optimizer.update(gradient, optimizer.init(params), params);
      return [...leaves([updates, state.momentum])];
    });
    const kept = [true, false, true, true, false, true, false, true, false];
    expect([...mean!.values].map(Number.isFinite)).toEqual(kept);
    expect([...logStd!.values].map(Number.isFinite)).toEqual(kept);
    expect([...momentum!.values].every(Number.isFinite)).toBe(true);
  });
});
