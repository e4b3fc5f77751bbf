import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Backend } from '../../support/backends.ts';
import { bool, everywhere, float, none, pickAxis, pickShape, type Row } from '../support/againstLoop.ts';

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const pickAxes = (shape: readonly number[]): fc.Arbitrary<number[] | number | undefined> =>
  shape.length === 0
    ? fc.constant(undefined)
    : fc.oneof(
        fc.constant(undefined),
        pickAxis(shape),
        fc.uniqueArray(fc.integer({ min: 0, max: shape.length - 1 }), { minLength: 1 }),
      );

const reduction = (
  name: string,
  f: Reduction,
  gradient: readonly Backend[] = everywhere,
  flags = false,
): Row => ({
  name,
  gradient,
  draw: pickShape(0, 3).chain((shape) =>
    fc.tuple(pickAxes(shape), fc.boolean()).map(([axis, keepDims]) => ({
      args: [flags ? bool(shape) : float(shape)],
      f: (x) => f(x!, axis, keepDims),
    })),
  ),
});

const along = (
  name: string,
  f: (x: tf.Tensor, axis: number) => tf.Tensor,
  gradient: readonly Backend[],
  last = false,
): Row => ({
  name,
  gradient,
  draw: pickShape(1, 3).chain((shape) =>
    (last ? fc.constant(shape.length - 1) : pickAxis(shape)).map((axis) => ({
      args: [float(shape)],
      f: (x) => f(x!, axis),
    })),
  ),
});

const fromFront = (x: tf.Tensor, axis: number): number => (axis < 0 ? axis + x.rank : axis);

/** Operations that reduce axes or run along one. */
export const reductions: readonly Row[] = [
  reduction('sum', tf.sum),
  reduction('mean', tf.mean),
  reduction('max', tf.max),
  reduction('min', tf.min),
  reduction('prod', tf.prod),
  reduction('all', tf.all, none, true),
  reduction('any', tf.any, none, true),
  reduction('logSumExp', tf.logSumExp),
  reduction('moments', (x, axis) => tf.moments(x, axis).variance),
  reduction('moments, the mean', (x, axis, keepDims) => tf.moments(x, axis, keepDims).mean),
  along('argMax', (x, axis) => tf.argMax(x, axis), everywhere),
  along('argMin', (x, axis) => tf.argMin(x, axis), everywhere),
  // It takes no negative axis.
  along('cumsum', (x, axis) => tf.cumsum(x, fromFront(x, axis)), everywhere),
  along('cumsum of the last axis', (x, axis) => tf.cumsum(x, axis, true, true), everywhere, true),
  along('cumprod', (x, axis) => tf.cumprod(x, fromFront(x, axis), true, false), everywhere),
  along('softmax', (x, axis) => tf.softmax(x, axis), everywhere, true),
  along('logSoftmax', (x, axis) => tf.logSoftmax(x, axis), everywhere, true),
  along('euclideanNorm', (x, axis) => tf.euclideanNorm(x, axis), everywhere),
  along('norm', (x, axis) => tf.norm(x, 2, axis), everywhere),
];
