import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../../backend/canReadSync.ts';
import { invalidArgument } from '../../check/index.ts';
import { batchOf } from '../tracer.ts';
import { sizeOf } from './operands.ts';

/**
 * The values of indices, those of every sample of the `vmap`s around too; `undefined` on a GPU, where reading would wait
 * for all that was asked of it before.
 */
export const readIndices = (indices: tf.Tensor): ArrayLike<number> | undefined => {
  const batch = batchOf(indices);
  if (batch !== undefined) return readIndices(batch.physical);
  return canReadSync() ? indices.dataSync() : undefined;
};

const rangeOf = (count: number): string =>
  count === 0 ? 'left out, as there is nothing to index' : `in [0, ${count - 1}]`;

/** Indices that cannot be read: -1 in place of those out of range. */
const masked = (indices: tf.Tensor, count: number): tf.Tensor =>
  tf.where(
    tf.logicalAnd(tf.greaterEqual(indices, 0), tf.less(indices, count)),
    indices,
    tf.fill(indices.shape, -1, 'int32'),
  );

/**
 * Indices of which each is in the range of its own sample, [0, count). Before samples are laid one after the other, as
 * behind the end of one begins the next.
 *
 * @returns the indices; on a GPU -1 in place of those out of range: what is taken from there is 0, what goes there is dropped
 * @throws Error naming the operation, the first index that is out of range and the range, where indices can be read
 */
export const inRange = (op: string, indices: tf.Tensor, count: number): tf.Tensor => {
  const values = readIndices(indices);
  if (values === undefined) return masked(indices, count);
  for (let at = 0; at < values.length; at++) {
    const index = values[at]!;
    if (index < 0 || index >= count) invalidArgument(`vmap: ${op}: an index`, rangeOf(count), index);
  }
  return indices;
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
 * Coordinates `[..., axes]` as places `[...]` among the rows that these axes of a shape make, held to them as by `inRange`.
 *
 * @param shape the shape that the coordinates point into, all of it
 */
export const rowsInRange = (op: string, indices: tf.Tensor, shape: readonly number[]): tf.Tensor => {
  const axes = indices.shape.at(-1)!;
  const outer = indices.shape.slice(0, -1);
  if (axes === 0) return tf.zeros(outer, 'int32');
  if (axes === 1) return inRange(op, tf.reshape(indices, outer), shape[0]!);
  const lengths = shape.slice(0, axes);
  const steps = lengths.map((_, axis) => sizeOf(lengths.slice(axis + 1)));
  const places = tf.sum(tf.mul(indices, tf.tensor1d(steps, 'int32')), -1);
  const values = readIndices(indices);
  if (values !== undefined) {
    checkCoordinates(op, values, shape, axes);
    return places;
  }
  const valid = tf.logicalAnd(
    tf.greaterEqual(indices, 0),
    tf.less(indices, tf.tensor1d([...lengths], 'int32')),
  );
  return tf.where(tf.all(valid, -1), places, tf.fill(outer, -1, 'int32'));
};

/** Places `[items, ...]` that are counted anew in every item, counted through all of them; -1 stays what it is. */
export const throughItems = (places: tf.Tensor, count: number): tf.Tensor => {
  const [items = 1, ...rest] = places.shape;
  const first = tf.mul(tf.range(0, items, 1, 'int32'), tf.scalar(count, 'int32'));
  const through = tf.add(places, tf.reshape(first, [items, ...rest.map(() => 1)]));
  return canReadSync() ? through : tf.where(tf.less(places, 0), places, through);
};

/** Where to drop something: -1 becomes `count`, the place behind the last. */
export const orBehind = (places: tf.Tensor, count: number): tf.Tensor =>
  canReadSync() ? places : tf.where(tf.less(places, 0), tf.fill(places.shape, count, 'int32'), places);
