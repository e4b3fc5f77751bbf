import * as tf from '@tensorflow/tfjs-core';
import { alongAxis, matrixOf } from './alongAxis.ts';
import { unbroadcast } from './unbroadcast.ts';

/** What a kernel of one or several outputs has been given for them: of one alone, TensorFlow.js gives no list. */
const list = (dy: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[] =>
  dy instanceof tf.Tensor ? [dy] : [...dy];

const axisOf = (attrs: unknown): number => (attrs as { readonly axis: number }).axis;

const unpack: tf.GradConfig = {
  kernelName: tf.Unpack,
  gradFunc: (dy, _, attrs) => ({ value: () => tf.stack(list(dy), axisOf(attrs)) }),
};

const splitV: tf.GradConfig = {
  kernelName: tf.SplitV,
  gradFunc: (dy, _, attrs) => ({ x: () => tf.concat(list(dy), axisOf(attrs)) }),
};

/** One sum, at every rank: TensorFlow.js's own stops at rank 4 and adds up slices one after the other. */
const tile: tf.GradConfig = {
  kernelName: tf.Tile,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const { reps } = attrs as { readonly reps: readonly number[] };
      const isRepeated = x!.shape.map((_, axis) => reps[axis]! > 1);
      const apart = x!.shape.flatMap((size, axis) => (isRepeated[axis] ? [reps[axis]!, size] : [size]));
      const axes = isRepeated.flatMap((is, axis) =>
        is ? [axis + isRepeated.slice(0, axis).filter(Boolean).length] : [],
      );
      const none = reps.some((count) => count === 0);
      if (none) return tf.zeros(x!.shape);
      return axes.length === 0
        ? tf.clone(dy as tf.Tensor)
        : tf.reshape(tf.sum(tf.reshape(dy as tf.Tensor, apart), axes), x!.shape);
    },
  }),
};

const broadcastTo: tf.GradConfig = {
  kernelName: tf.BroadcastTo,
  gradFunc: (dy, _, attrs) => ({
    x: () => unbroadcast(dy as tf.Tensor, (attrs as { readonly inputShape: number[] }).inputShape),
  }),
};

/** Where each place of a mirrored axis was copied from. */
const mirrored = (size: number, before: number, after: number, includesEdge: boolean): readonly number[] =>
  Array.from({ length: before + size + after }, (_, at) => {
    const place = at - before;
    const edge = includesEdge ? 1 : 0;
    if (place < 0) return -place - edge;
    return place < size ? place : 2 * (size - 1) - place + edge;
  });

/** TensorFlow.js's own only cuts the padding off. */
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
            matrixOf(from.length, size, (row, column) => (from[row] === column ? 1 : 0)),
            true,
          );
        },
        tf.clone(dy as tf.Tensor),
      );
    },
  }),
};

/** The gradients of kernels that move values about. */
export const shapeGradients: readonly tf.GradConfig[] = [broadcastTo, mirrorPad, splitV, tile, unpack];
