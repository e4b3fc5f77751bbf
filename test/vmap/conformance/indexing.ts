import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { float, int, none, notOnWasm, pickShape, type Row, withOurs } from '../support/againstLoop.ts';

/** Operations that take positions, or find them. */
export const indexing: readonly Row[] = [
  {
    name: 'gather',
    gradient: withOurs,
    draw: fc.tuple(pickShape(1, 3), pickShape(0, 2)).chain(([shape, chosen]) =>
      fc.integer({ min: 0, max: shape.length - 1 }).map((axis) => ({
        args: [float(shape), int(chosen, 0, shape[axis]!)],
        f: (x, indices) => tf.gather(x!, indices as tf.Tensor1D, axis),
      })),
    ),
  },
  {
    name: 'gather, negative axis',
    gradient: withOurs,
    draw: pickShape(2, 3).map((shape) => ({
      args: [float(shape), int([4], 0, shape[shape.length - 2]!)],
      f: (x, indices) => tf.gather(x!, indices as tf.Tensor1D, -2),
    })),
  },
  {
    name: 'gather with batchDims',
    // On wasm tfjs's own result is wrong where axes stand between the batch axes and the axis.
    gradient: notOnWasm,
    only: notOnWasm,
    draw: pickShape(3, 4).map((shape) => ({
      args: [float(shape), int([shape[0]!, 2, 2], 0, shape[2]!)],
      f: (x, indices) => tf.gather(x!, indices as tf.Tensor1D, 2, 1),
    })),
  },
  {
    name: 'gatherND',
    gradient: none,
    draw: pickShape(2, 3).map((shape) => ({
      args: [float(shape), int([3, 2], 0, Math.min(shape[0]!, shape[1]!))],
      f: (x, indices) => tf.gatherND(x!, indices!),
    })),
  },
  {
    name: 'scatterND',
    gradient: none,
    draw: pickShape(0, 1).map((rest) => ({
      args: [int([4, 1], 0, 3), float([4, ...rest])],
      f: (indices, updates) => tf.scatterND(indices!, updates!, [3, ...rest]),
    })),
  },
  {
    name: 'scatterND by a list',
    gradient: none,
    draw: fc.constant({
      args: [int([4], 0, 3), float([4])],
      f: (indices, updates) => tf.scatterND(indices!, updates!, [3]),
    }),
  },
  {
    name: 'gatherND of one place',
    gradient: none,
    draw: pickShape(1, 2).map((shape) => ({
      args: [float(shape), int([1], 0, shape[0]!)],
      f: (x, indices) => tf.gatherND(x!, indices!),
    })),
  },
  {
    name: 'tensorScatterUpdate',
    gradient: none,
    draw: pickShape(0, 1).map((rest) => ({
      args: [float([3, ...rest]), int([1, 1], 0, 3), float([1, ...rest])],
      f: (x, indices, updates) => tf.tensorScatterUpdate(x!, indices!, updates!),
      // The cpu kernel writes into its input, so the loop gives it a copy.
      reference: (x, indices, updates) => tf.tensorScatterUpdate(tf.add(x!, 0), indices!, updates!),
    })),
  },
  {
    name: 'unsortedSegmentSum',
    gradient: withOurs,
    only: withOurs,
    draw: pickShape(0, 2).map((rest) => ({
      args: [float([4, ...rest]), int([4], -1, 3)],
      f: (x, ids) => tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 3),
    })),
  },
  {
    name: 'topk',
    gradient: none,
    draw: pickShape(0, 2).map((outer) => ({
      args: [float([...outer, 5])],
      f: (x) => {
        const { values, indices } = tf.topk(x!, 2);
        return [values, indices];
      },
    })),
  },
  {
    name: 'gather of tokens',
    gradient: withOurs,
    draw: fc.constant({
      args: [float([5, 2]), int([2, 3], 0, 5)],
      f: (table, tokens) => tf.gather(table!, tokens as tf.Tensor1D),
    }),
  },
  {
    name: 'bincount',
    gradient: none,
    draw: fc.boolean().map((weighted) => ({
      args: [int([5], 0, 4), float([5])],
      f: (x, weights) =>
        tf.add(
          tf.bincount(x as tf.Tensor1D, weighted ? (weights as tf.Tensor1D) : tf.tensor1d([]), 3),
          tf.mul(0, tf.sum(weights!)),
        ),
    })),
  },
  {
    name: 'denseBincount',
    gradient: none,
    draw: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([weighted, rows, binary]) => ({
      args: [int(rows ? [2, 4] : [4], 0, 4), float(rows ? [2, 4] : [4])],
      f: (x, weights) =>
        tf.add(
          tf.denseBincount(
            x as tf.Tensor1D,
            weighted ? (weights as tf.Tensor1D) : tf.tensor1d([]),
            3,
            // tfjs's cpu kernel leaves out `binaryOutput` for a vector.
            rows && binary,
          ),
          tf.mul(0, tf.sum(weights!)),
        ),
    })),
  },
  ...['searchSorted', 'lowerBound', 'upperBound'].map(
    (name): Row => ({
      name,
      gradient: none,
      draw: pickShape(0, 1).map((outer) => ({
        args: [float([...outer, 3], 0, 1), float([...outer, 4], 0, 3)],
        f: (steps, values) => {
          const sorted = tf.cumsum(steps!, outer.length);
          if (name === 'searchSorted') return tf.searchSorted(sorted, values!, 'right');
          return (name === 'lowerBound' ? tf.lowerBound : tf.upperBound)(sorted, values!);
        },
      })),
    }),
  ),
];
