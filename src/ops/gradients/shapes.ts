import * as tf from '@tensorflow/tfjs-core';
import { alongAxis, matrixFromFunction } from './alongAxis.ts';
import { unbroadcast } from './unbroadcast.ts';

/** The output gradients as a list: for a single output TensorFlow.js passes no list. */
const list = (dy: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[] =>
  dy instanceof tf.Tensor ? [dy] : [...dy];

const axisAttribute = (attrs: unknown): number => (attrs as { readonly axis: number }).axis;

const unpack: tf.GradConfig = {
  kernelName: tf.Unpack,
  gradFunc: (dy, _, attrs) => ({ value: () => tf.stack(list(dy), axisAttribute(attrs)) }),
};

const splitV: tf.GradConfig = {
  kernelName: tf.SplitV,
  gradFunc: (dy, _, attrs) => ({ x: () => tf.concat(list(dy), axisAttribute(attrs)) }),
};

/**
 * Sums over the repetitions, one axis after the other, at every rank: TensorFlow.js's own stops at rank 4 and adds
 * slices one by one.
 */
const tile: tf.GradConfig = {
  kernelName: tf.Tile,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const { reps } = attrs as { readonly reps: readonly number[] };
      return reps.reduce(
        (gradient: tf.Tensor, count, axis) => {
          if (count === 1) return gradient;
          const before = x!.shape.slice(0, axis + 1);
          const after = gradient.shape.slice(axis + 1);
          const [outer, inner] = [x!.shape.slice(0, axis), [x!.shape[axis]!, ...after]].map((sizes) =>
            tf.util.sizeFromShape(sizes),
          ) as [number, number];
          return tf.reshape(tf.sum(tf.reshape(gradient, [outer, count, inner]), 1), [...before, ...after]);
        },
        tf.clone(dy as tf.Tensor),
      );
    },
  }),
};

const broadcastTo: tf.GradConfig = {
  kernelName: tf.BroadcastTo,
  gradFunc: (dy, _, attrs) => ({
    x: () => unbroadcast(dy as tf.Tensor, (attrs as { readonly inputShape: number[] }).inputShape),
  }),
};

/** The source index of each position of a mirrored axis. */
const mirrored = (size: number, before: number, after: number, includesEdge: boolean): readonly number[] =>
  Array.from({ length: before + size + after }, (_, at) => {
    const place = at - before;
    const edge = includesEdge ? 1 : 0;
    if (place < 0) return -place - edge;
    return place < size ? place : 2 * (size - 1) - place + edge;
  });

/** TensorFlow.js's own only removes the padding. */
const mirrorPad: tf.GradConfig = {
  kernelName: tf.MirrorPad,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const { paddings, mode } = attrs as {
        readonly paddings: readonly (readonly [number, number])[];
        readonly mode: 'reflect' | 'symmetric';
      };
      return paddings.reduce(
        (gradient: tf.Tensor, [before, after], axis) => {
          if (before === 0 && after === 0) return gradient;
          const size = x!.shape[axis]!;
          const from = mirrored(size, before, after, mode === 'symmetric');
          return alongAxis(
            gradient,
            axis,
            matrixFromFunction(from.length, size, (row, column) => (from[row] === column ? 1 : 0)),
            true,
          );
        },
        tf.clone(dy as tf.Tensor),
      );
    },
  }),
};

/** The gradients of kernels that move values. */
export const shapeGradients: readonly tf.GradConfig[] = [broadcastTo, mirrorPad, splitV, tile, unpack];
