import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';

/** The values beyond the edges of an input, PyTorch's `padding_mode`. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** How many elements are added at the start and end of an axis. */
export type Pads = readonly [before: number, after: number];

/** For the other modes, the elements added at the start and end of an axis, the middle one of three. */
const edges: Readonly<
  Record<
    Exclude<PaddingMode, 'zeros'>,
    (take: (from: number, count: number) => tf.Tensor, length: number, pads: Pads) => readonly tf.Tensor[][]
  >
> = {
  reflect: (take, length, [before, after]) => [
    [tf.reverse(take(1, before), 1)],
    [tf.reverse(take(length - 1 - after, after), 1)],
  ],
  replicate: (take, length, [before, after]) => [
    Array<tf.Tensor>(before).fill(take(0, 1)),
    Array<tf.Tensor>(after).fill(take(length - 1, 1)),
  ],
  circular: (take, length, [before, after]) => [[take(length - before, before)], [take(0, after)]],
};

/** The most elements that a mode can add to an axis, as in PyTorch. */
const maxPadding: Readonly<Record<PaddingMode, (length: number) => number>> = {
  zeros: () => Number.POSITIVE_INFINITY,
  reflect: (length) => length - 1,
  replicate: () => Number.POSITIVE_INFINITY,
  circular: (length) => length,
};

const padAxis = (x: tf.Tensor, axis: number, pads: Pads, mode: Exclude<PaddingMode, 'zeros'>): tf.Tensor => {
  if (pads[0] === 0 && pads[1] === 0) return x;
  const { shape } = x;
  const length = shape[axis]!;
  const rows = tf.util.sizeFromShape(shape.slice(0, axis));
  const rest = tf.util.sizeFromShape(shape.slice(axis + 1));
  const apart = tf.reshape(x, [rows, length, rest]);
  const take = (from: number, count: number): tf.Tensor => tf.slice(apart, [0, from, 0], [rows, count, rest]);
  const [before, after] = edges[mode](take, length, pads);
  const pieces = [...(pads[0] > 0 ? before! : []), apart, ...(pads[1] > 0 ? after! : [])];
  return tf.reshape(tf.concat(pieces, 1), [
    ...shape.slice(0, axis),
    length + pads[0] + pads[1],
    ...shape.slice(axis + 1),
  ]);
};

/**
 * Pads all axes but the first and last of `[batch, ...sizes, channels]` by a mode.
 *
 * @throws Error naming the argument if a reflection would exceed the axis, or a circular padding more than one turn
 * @example
 * pad('conv2d: input', x, [[1, 1], [0, 2]], 'reflect');
 */
export const pad = (
  argument: string,
  x: tf.Tensor,
  pads: readonly Pads[],
  mode: Exclude<PaddingMode, 'zeros'>,
): tf.Tensor => {
  const short = pads.findIndex((each, axis) => Math.max(...each) > maxPadding[mode](x.shape[axis + 1]!));
  if (short >= 0) {
    const places = Math.max(...pads[short]!);
    invalidArgument(
      argument,
      `at least ${mode === 'reflect' ? places + 1 : places} long on axis ${short + 1}, for a ${mode} padding of ${places}`,
      x,
    );
  }
  return pads.reduce((padded, each, axis) => padAxis(padded, axis + 1, each, mode), x);
};
