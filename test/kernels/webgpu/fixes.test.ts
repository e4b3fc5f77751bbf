import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { merged } from '../../../src/kernels/webgpu/fixes/elementwise.ts';
import { describeOnWebgpu, expectAsOnCpu, made } from './support.ts';

const axes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 8 });
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
      await expectAsOnCpu(() => [tf.addN(Array.from({ length: count }, (_, i) => made([3], i + 1)))]);
  });

  it('combines tensors of many axes that broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(broadcasting, ({ a, b, without }) =>
        expectAsOnCpu(() => {
          const [x, y] = [made(a, 1), made(b.slice(without), 2)];
          return [tf.mul(x, y), tf.sub(y, x), tf.prelu(made(a, 3), y), tf.cast(tf.greater(x, y), 'float32')];
        }),
      ),
      few,
    );
  });

  it('chooses among and sums up tensors of many axes', async () => {
    const drawn = axes.chain((shape) =>
      fc.record({ shape: fc.constant(shape), axis: fc.nat({ max: shape.length - 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, ({ shape, axis }) =>
        expectAsOnCpu(() => {
          const x = made(shape, 1);
          return [
            tf.where(tf.greater(x, 0), x, made(shape, 2)),
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
