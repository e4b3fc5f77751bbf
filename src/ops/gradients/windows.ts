import * as tf from '@tensorflow/tfjs-core';

/** How windows lie along an axis. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  /** Places of padding before the first number. */
  readonly before: number;
}

type Pads = [before: number, after: number][];

const isAny = (pads: Pads): boolean => pads.some(([before, after]) => before + after > 0);

const padded = (x: tf.Tensor, pads: Pads, value: number): tf.Tensor =>
  isAny(pads) ? tf.pad(x, pads, value) : x;

/** Exactly those numbers that some windows see, and the gradient by all numbers from the gradient by those. */
export interface Seen {
  readonly seen: tf.Tensor;
  readonly back: (gradient: tf.Tensor) => tf.Tensor;
}

/**
 * Exactly those numbers that windows see along some axes, the padding as numbers too, so that windows without padding
 * fit in: however their count was rounded, nothing is left over.
 *
 * @param counts how many windows there are along each of the axes
 * @param first the first of the axes
 */
export const seenBy = (
  x: tf.Tensor,
  windows: readonly Window[],
  counts: readonly number[],
  first: number,
  padding = 0,
): Seen => {
  const along = windows.map(({ size, stride, before }, at) => {
    const reach = (counts[at]! - 1) * stride + size;
    const behind = reach - before - x.shape[first + at]!;
    return { before, after: Math.max(0, behind), reach, unseen: Math.max(0, -behind) };
  });
  const onAxes = (pads: Pads): Pads => x.shape.map((_, axis) => pads[axis - first] ?? [0, 0]);
  const pads = onAxes(along.map(({ before, after }) => [before, after]));
  const cuts = onAxes(along.map(({ unseen }) => [0, unseen]));
  const whole = padded(x, pads, padding);
  const begin = x.shape.map(() => 0);
  const sizes = x.shape.map((size, axis) => along[axis - first]?.reach ?? size);
  return {
    seen: isAny(cuts) ? tf.slice(whole, begin, sizes) : whole,
    back: (gradient) => {
      const all = padded(gradient, cuts, 0);
      return isAny(pads)
        ? tf.slice(
            all,
            pads.map(([before]) => before),
            x.shape,
          )
        : all;
    },
  };
};
