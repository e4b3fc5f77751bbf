import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, int, none, notOnWasm, pickShape, type Row } from '../support/againstLoop.ts';

type Loss = (
  labels: tf.Tensor,
  predictions: tf.Tensor,
  weights: tf.Tensor,
  reduction: tf.Reduction,
) => tf.Tensor;

const reductions = fc.constantFrom(
  tf.Reduction.NONE,
  tf.Reduction.MEAN,
  tf.Reduction.SUM,
  tf.Reduction.SUM_BY_NONZERO_WEIGHTS,
);

/** A loss. Its weights are integers, since tfjs counts those that are not zero and has no gradient of that. */
const loss = (name: string, f: Loss, low = 0.1, high = 0.9, options: Partial<Row> = {}): Row => ({
  name: `losses.${name}`,
  gradient: everywhere,
  draw: fc.tuple(pickShape(1, 3), reductions).map(([shape, reduction]) => ({
    args: [float(shape, low, high), float(shape, low, high), int(shape, 1, 4)],
    f: (labels, predictions, weights) => f(labels!, predictions!, weights!, reduction),
  })),
  ...options,
});

/** A loss of distributions over the last axis, whose weights have one axis fewer. */
const overClasses = (name: string, f: Loss, options: Partial<Row> = {}): Row => ({
  name: `losses.${name}`,
  gradient: everywhere,
  draw: fc.tuple(pickShape(1, 2), reductions).map(([shape, reduction]) => ({
    args: [float([...shape, 3], 0.1, 0.9), float([...shape, 3]), int(shape, 1, 4)],
    f: (labels, predictions, weights) => f(labels!, predictions!, weights!, reduction),
  })),
  ...options,
});

/** Losses, and other operations of statistics. */
export const losses: readonly Row[] = [
  loss('absoluteDifference', tf.losses.absoluteDifference),
  loss('hingeLoss', tf.losses.hingeLoss, -1, 1),
  loss('huberLoss', (labels, predictions, weights, reduction) =>
    tf.losses.huberLoss(labels, predictions, weights, 0.3, reduction),
  ),
  loss('logLoss', (labels, predictions, weights, reduction) =>
    tf.losses.logLoss(labels, predictions, weights, 1e-3, reduction),
  ),
  loss('meanSquaredError', tf.losses.meanSquaredError),
  loss('sigmoidCrossEntropy', (labels, predictions, weights, reduction) =>
    tf.losses.sigmoidCrossEntropy(labels, predictions, weights, 0.1, reduction),
  ),
  overClasses('softmaxCrossEntropy', (labels, predictions, weights, reduction) =>
    tf.losses.softmaxCrossEntropy(labels, predictions, weights, 0.1, reduction),
  ),
  {
    name: 'losses.cosineDistance',
    gradient: everywhere,
    draw: fc.tuple(pickShape(1, 3), reductions).map(([shape, reduction]) => ({
      args: [float([...shape, 3]), float([...shape, 3])],
      f: (labels, predictions) =>
        tf.losses.cosineDistance(labels!, predictions!, shape.length, undefined, reduction),
    })),
  },
  {
    name: 'losses.computeWeightedLoss',
    gradient: everywhere,
    draw: fc.tuple(pickShape(1, 3), reductions).map(([shape, reduction]) => ({
      args: [float(shape), int(shape, 0, 3)],
      f: (each, weights) => tf.losses.computeWeightedLoss(each!, weights!, reduction),
    })),
  },
  {
    // tfjs has no product of integers on wasm.
    name: 'math.confusionMatrix',
    gradient: none,
    only: notOnWasm,
    draw: fc.constant({
      args: [int([5], 0, 3), int([5], 0, 3)],
      f: (labels, predictions) =>
        tf.math.confusionMatrix(labels as tf.Tensor1D, predictions as tf.Tensor1D, 3),
    }),
  },
  {
    name: 'movingAverage',
    gradient: everywhere,
    draw: pickShape(0, 2).map((shape) => ({
      args: [float(shape), float(shape)],
      f: (average, x) => tf.movingAverage(average!, x!, 0.9, 3),
    })),
  },
];
