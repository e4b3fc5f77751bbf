import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { random } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { asSequence, inverse, outFirst, sameLayout, transposed } from '../../src/checkpoint/torch/layouts.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('layouts', () => {
  test('transposed is what tf.transpose is, bit for bit, and undone by the inverse', () => {
    const shapeAndAxes = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.shuffledSubarray(
            shape.map((_, axis) => axis),
            { minLength: shape.length },
          ),
        ),
      );
    fc.assert(
      fc.property(shapeAndAxes, fc.integer(), ([shape, axes], seed) => {
        const x = random.normal(random.key(Math.abs(seed)), shape);
        const values = x.dataSync() as Float32Array;
        const ours = transposed(values, shape, axes);
        expect(ours).toEqual(tf.transpose(x, axes).dataSync());
        const theirs = axes.map((axis) => shape[axis] as number);
        expect(transposed(ours, theirs, inverse(axes))).toEqual(values);
      }),
    );
    expect(() => transposed(new Float32Array(6), [2, 3], [0])).toThrow(/axes must be 2 axes/);
  });

  test('put the outputs first, a filter of every rank too, and leave vectors', () => {
    expect(outFirst.shape([7])).toEqual([7]);
    expect(outFirst.shape([3, 5])).toEqual([5, 3]);
    expect(outFirst.shape([2, 3, 4, 5])).toEqual([5, 4, 2, 3]);
    expect(outFirst.axes(4)).toEqual([3, 2, 0, 1]);
    expect([sameLayout.shape([3, 5]), sameLayout.axes(2)]).toEqual([
      [3, 5],
      [0, 1],
    ]);
    expect([asSequence.shape([4]), asSequence.axes(1)]).toEqual([[1, 1, 4], [0]]);
  });
});
