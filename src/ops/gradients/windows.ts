import * as tf from '@tensorflow/tfjs-core';

/** The windows along an axis. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  /** The padding before the first element. */
  readonly before: number;
}

type Pads = [before: number, after: number][];

const isAny = (pads: Pads): boolean => pads.some(([before, after]) => before + after > 0);

const padded = (x: tf.Tensor, pads: Pads, value: number): tf.Tensor =>
  isAny(pads) ? tf.pad(x, pads, value) : x;

/** Exactly the elements that some windows read, and a function from their gradient to that of the input. */
export interface InputRegion {
  readonly region: tf.Tensor;
  readonly back: (gradient: tf.Tensor) => tf.Tensor;
}

/**
 * Pads and crops some axes to exactly the elements that the windows read, so that windows without padding fit: however
 * their number was rounded, nothing is left over.
 *
 * @param counts the number of windows along each of the axes
 * @param first the first of the axes
 */
export const inputRegion = (
  x: tf.Tensor,
  windows: readonly Window[],
  counts: readonly number[],
  first: number,
  padding = 0,
): InputRegion => {
  const along = windows.map(({ size, stride, before }, at) => {
    const reach = (counts[at]! - 1) * stride + size;
    const behind = reach - before - x.shape[first + at]!;
    return { before, after: Math.max(0, behind), reach, unread: Math.max(0, -behind) };
  });
  const onAxes = (pads: Pads): Pads => x.shape.map((_, axis) => pads[axis - first] ?? [0, 0]);
  const pads = onAxes(along.map(({ before, after }) => [before, after]));
  const cuts = onAxes(along.map(({ unread }) => [0, unread]));
  const whole = padded(x, pads, padding);
  const begin = x.shape.map(() => 0);
  const sizes = x.shape.map((size, axis) => along[axis - first]?.reach ?? size);
  return {
    region: isAny(cuts) ? tf.slice(whole, begin, sizes) : whole,
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
