import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../../backend/canReadSync.ts';
import { inspectValues } from '../../backend/inspectValues.ts';
import { invalidArgument } from '../../check/index.ts';
import { runKernel } from '../../ops/engine.ts';
import { tracedBatch } from '../tracer.ts';
import { sizeFromShape } from './operands.ts';

/** Indices with those of every sample of the enclosing `vmap`s. */
const everySample = (indices: tf.Tensor): tf.Tensor => {
  const batch = tracedBatch(indices);
  return batch ? everySample(batch.physical) : indices;
};

/** The values of indices, of all samples; `undefined` on a GPU, where reading would wait for all pending work. */
export const readIndices = (indices: tf.Tensor): ArrayLike<number> | undefined =>
  canReadSync() ? everySample(indices).dataSync() : undefined;

/** Inspects the values of indices, where `readIndices` has them, and returns whether it does. */
const inspectIndices = (indices: tf.Tensor, inspect: (values: ArrayLike<number>) => void): boolean =>
  inspectValues(everySample(indices), inspect);

/** Refuses the first index that is not in [0, count), where they can be read, and returns whether they can. */
export const refuseOutside = (indices: tf.Tensor, count: number, refuse: (index: number) => never): boolean =>
  inspectIndices(indices, (values) => {
    for (let at = 0; at < values.length; at++)
      if (!(values[at]! >= 0 && values[at]! < count)) refuse(values[at]!);
  });

const describeRange = (count: number): string =>
  count === 0 ? 'absent: there is nothing to index' : `in [0, ${count - 1}]`;

const integers = (values: readonly number[]): tf.Tensor => tf.tensor([...values], [values.length], 'int32');

const compared = (kernel: string, a: tf.Tensor, b: tf.Tensor | number): tf.Tensor =>
  runKernel(kernel, { a, b: typeof b === 'number' ? tf.scalar(b, 'int32') : b });

/** Where integers are below others. */
export const isLess = (a: tf.Tensor, b: tf.Tensor | number): tf.Tensor => compared(tf.Less, a, b);

/** Where integers are at least 0, and below `count`. */
export const isWithin = (places: tf.Tensor, count: tf.Tensor | number): tf.Tensor =>
  runKernel(tf.LogicalAnd, { a: compared(tf.GreaterEqual, places, 0), b: isLess(places, count) });

/** `tf.where` for tensors of one shape. */
export const choose = (condition: tf.Tensor, t: tf.Tensor, e: tf.Tensor): tf.Tensor =>
  runKernel(tf.Select, { condition, t, e });

/** Replaces indices out of range by -1, where they cannot be read. */
const masked = (indices: tf.Tensor, count: number): tf.Tensor =>
  choose(isWithin(indices, count), indices, tf.fill(indices.shape, -1, 'int32'));

/**
 * Checks that each index is in the range of its own sample, [0, count). This must precede concatenating samples, where
 * an index past the end of one would read the next.
 *
 * @returns the indices; on a GPU with -1 for those out of range, which gather 0 and drop what is scattered
 * @throws Error naming the operation, the first index out of range and the range, where indices can be read
 */
export const inRange = (op: string, indices: tf.Tensor, count: number): tf.Tensor => {
  const isRead = refuseOutside(indices, count, (index) =>
    invalidArgument(`vmap: ${op}: an index`, describeRange(count), index),
  );
  return isRead ? indices : masked(indices, count);
};

const checkCoordinates = (op: string, values: ArrayLike<number>, shape: readonly number[], axes: number) => {
  for (let at = 0; at < values.length; at++) {
    const axis = at % axes;
    if (values[at]! >= 0 && values[at]! < shape[axis]!) continue;
    const index = Array.from({ length: axes }, (_, one) => values[at - axis + one]!);
    invalidArgument(`vmap: ${op}: an index`, `within the shape [${shape.join(', ')}]`, index);
  }
};

/**
 * Converts coordinates `[..., axes]` to row indices `[...]` over these axes of a shape, checked as by `inRange`.
 *
 * @param shape the whole shape that the coordinates index
 */
export const rowsInRange = (op: string, indices: tf.Tensor, shape: readonly number[]): tf.Tensor => {
  const axes = indices.shape.at(-1)!;
  const outer = indices.shape.slice(0, -1);
  if (axes === 0) return tf.zeros(outer, 'int32');
  if (axes === 1) return inRange(op, tf.reshape(indices, outer), shape[0]!);
  const lengths = shape.slice(0, axes);
  const steps = lengths.map((_, axis) => sizeFromShape(lengths.slice(axis + 1)));
  const places = tf.sum(tf.mul(indices, integers(steps)), -1);
  if (inspectIndices(indices, (values) => checkCoordinates(op, values, shape, axes))) return places;
  const valid = isWithin(indices, integers(lengths));
  return choose(
    runKernel(tf.All, { x: valid }, { axis: -1, keepDims: false }),
    places,
    tf.fill(outer, -1, 'int32'),
  );
};

/** The index through all items of the first element of each. */
export const starts = (items: number, count: number): tf.Tensor =>
  integers(Array.from({ length: items }, (_, item) => item * count));

/** Converts indices `[items, ...]` within each item to indices through all items; -1 is kept. */
export const throughItems = (places: tf.Tensor, count: number): tf.Tensor => {
  const [items = 1, ...rest] = places.shape;
  const through = tf.add(places, tf.reshape(starts(items, count), [items, ...rest.map(() => 1)]));
  return canReadSync() ? through : choose(isLess(places, 0), places, through);
};

/** Replaces -1, for a dropped element, by `count`, the index past the last. */
export const orBehind = (places: tf.Tensor, count: number): tf.Tensor =>
  canReadSync() ? places : choose(isLess(places, 0), tf.fill(places.shape, count, 'int32'), places);
