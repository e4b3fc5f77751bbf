import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { merged } from '../../../src/backend/webgpu/mended/binary.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

/** Numbers between -1 and 1 that a GPU has made, so that what follows is done there as well. */
const numbers = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.add(tf.randomUniform([...shape], -1, 1, 'float32', seed), 0);

const expectAsOnCpu = async (f: () => readonly tf.Tensor[]): Promise<void> => {
  expectSame(await on('webgpu', f), await on('cpu', f), 1e-6);
};

const axes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 6 });
const few = { numRuns: 12 };

/** A shape, and two with ones in places of it, the second perhaps without its first axes. */
const broadcasting = axes.chain((shape) =>
  fc.record({
    a: fc.tuple(...shape.map((n) => fc.constantFrom(n, 1))),
    b: fc.tuple(...shape.map((n) => fc.constantFrom(n, 1))),
    without: fc.integer({ min: 0, max: 4 }),
  }),
);

describeOnWebgpu('what is mended of tfjs on webgpu', () => {
  it('adds any number of tensors', async () => {
    for (const count of [1, 2, 7, 8, 9, 20])
      await expectAsOnCpu(() => [tf.addN(Array.from({ length: count }, (_, i) => numbers([3], i + 1)))]);
  });

  it('combines tensors of many axes that broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(broadcasting, ({ a, b, without }) =>
        expectAsOnCpu(() => {
          const [x, y] = [numbers(a, 1), numbers(b.slice(without), 2)];
          return [
            tf.mul(x, y),
            tf.sub(y, x),
            tf.prelu(numbers(a, 3), y),
            tf.cast(tf.greater(x, y), 'float32'),
          ];
        }),
      ),
      few,
    );
  });

  it('chooses among, pads, repeats and sums up tensors of many axes', async () => {
    const drawn = axes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        paddings: fc.tuple(
          ...shape.map(() => fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 }))),
        ),
        reps: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 2 }))),
        axis: fc.nat({ max: shape.length - 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, ({ shape, paddings, reps, axis }) =>
        expectAsOnCpu(() => {
          const x = numbers(shape, 1);
          const condition = tf.greater(x, 0);
          return [
            tf.where(condition, x, numbers(shape, 2)),
            tf.pad(x, paddings as [number, number][], 0.5),
            tf.tile(x, reps),
            tf.cumsum(x, axis),
            tf.cumprod(x, axis, true, true),
          ];
        }),
      ),
      few,
    );
  });
});

it('axes that broadcast alike become one', () => {
  expect(merged([1, 2, 2, 2, 4], [4])).toEqual([
    [8, 4],
    [1, 4],
  ]);
  expect(merged([3, 1, 5, 6], [3, 4, 5, 6])).toEqual([
    [3, 1, 30],
    [3, 4, 30],
  ]);
  expect(merged([1, 1], [1])).toEqual([[], []]);
});
