import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisRuns, parseReduction } from '../../src/kernels/axisRuns.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 });
const reductions = shapes.chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    fc.subarray(
      shape.map((_, axis) => axis),
      { minLength: 1 },
    ),
  ),
);

describe('runs of axes', () => {
  it('are those of neighbours, each within the remainder of the ones behind it', () => {
    expect(axisRuns([2, 3, 4, 5], [0, 2, 3])).toEqual([
      { before: 6, count: 20, after: 1 },
      { before: 1, count: 2, after: 3 },
    ]);
    expect(axisRuns([2, 3, 4], [1])).toEqual([{ before: 2, count: 3, after: 4 }]);
    expect(axisRuns([2, 3], [])).toEqual([]);
  });

  it('leave the shape of the reduction, and touch every number once', () => {
    fc.assert(
      fc.property(reductions, fc.boolean(), ([shape, axes], keepDims) => {
        const { runs, shape: left } = parseReduction(shape, {
          axis: axes.map((axis) => axis - shape.length),
          keepDims,
        });
        expect(left).toEqual(tf.tidy(() => tf.sum(tf.zeros(shape), axes, keepDims).shape));
        expect(runs[0]!.before * runs[0]!.count * runs[0]!.after).toBe(tf.util.sizeFromShape(shape));
        const { before, after } = runs.at(-1)!;
        expect(before * after).toBe(tf.util.sizeFromShape(left));
        const counts = runs.reduce((product, { count }) => product * count, 1);
        expect(counts).toBe(axes.reduce((product, axis) => product * shape[axis]!, 1));
      }),
    );
  });
});
