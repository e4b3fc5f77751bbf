import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule, KernelCall } from '../rule.ts';
import { batched, moveAxis, operand, sizeOf, unmerge } from './operands.ts';

/** Sums of the rows of `x`, by where each goes; what goes to `rows` is dropped. */
const sumInto = (x: tf.Tensor, places: tf.Tensor, rows: number): tf.Tensor =>
  tf.customGrad((value) => {
    const rest = x.shape.slice(1);
    const sums = tf.scatterND(tf.expandDims(places, 1), value as tf.Tensor, [rows + 1, ...rest]);
    return {
      value: tf.slice(sums, 0, rows),
      gradFunc: (dy: tf.Tensor) => tf.gather(tf.concat([dy, tf.zeros([1, ...rest])]), places as tf.Tensor1D),
    };
  })(x);

/** Rows of a table. Their gradient is a scatter: see `segmentSum` for tfjs's own on cpu. */
const lookUp = (table: tf.Tensor, places: tf.Tensor): tf.Tensor =>
  tf.customGrad((value) => ({
    value: tf.gather(value as tf.Tensor, places as tf.Tensor1D),
    gradFunc: (dy: tf.Tensor) => sumInto(dy, places, table.shape[0]!),
  }))(table);

/** `gather` with leading axes in common, as one gather of rows: index `i` of item `n` is row `n * rows + i`. */
const gatherRows = (x: tf.Tensor, indices: tf.Tensor, axis: number, leading: number): tf.Tensor => {
  const items = sizeOf(x.shape.slice(0, leading));
  const between = x.shape.slice(leading, axis);
  const rows = x.shape[axis]!;
  const rest = x.shape.slice(axis + 1);
  const chosen = indices.shape.slice(leading);
  const apart = tf.reshape(x, [items, sizeOf(between), rows, sizeOf(rest)]);
  const table = tf.reshape(moveAxis(apart, 2, 1), [items * rows, sizeOf(between) * sizeOf(rest)]);
  const offsets = tf.mul(tf.range(0, items, 1, 'int32'), tf.scalar(rows, 'int32'));
  const positions = tf.add(tf.reshape(indices, [items, sizeOf(chosen)]), tf.reshape(offsets, [items, 1]));
  const found = lookUp(table, tf.reshape(positions, [-1]));
  const split = tf.reshape(found, [items, sizeOf(chosen), sizeOf(between), sizeOf(rest)]);
  return tf.reshape(moveAxis(split, 1, 2), [...x.shape.slice(0, leading), ...between, ...chosen, ...rest]);
};

const gather: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const indices = operand(call, 'indices');
  const given = Number(call.attrs.axis ?? 0);
  const axis = given < 0 ? given + x.shape.length : given;
  const given2 = Number(call.attrs.batchDims ?? 0);
  const batchDims = given2 < 0 ? given2 + indices.shape.length : given2;
  if (batchDims === 0 && !indices.batched) return tf.gather(x.tensor, indices.tensor, axis + 1);
  if (batchDims === 0 && !x.batched) return moveAxis(tf.gather(x.tensor, indices.tensor, axis), axis, 0);
  return gatherRows(batched(x, call.size), batched(indices, call.size), axis + 1, batchDims + 1);
};

/** Coordinates within a sample, with the sample's number before them. */
const withSample = (call: KernelCall): tf.Tensor => {
  const given = batched(operand(call, 'indices'), call.size);
  // A plain list, which only scattering takes, is one of coordinates along one axis.
  const indices = given.rank === 2 && call.kernel !== tf.GatherNd ? tf.expandDims(given, -1) : given;
  const shape = [...indices.shape.slice(0, -1), 1];
  const number = tf.reshape(tf.range(0, call.size, 1, 'int32'), [call.size, ...shape.slice(1).map(() => 1)]);
  return tf.concat([tf.add(number, tf.zeros(shape, 'int32')), indices], -1);
};

const gatherNd: BatchingRule = (call) => {
  const params = operand(call, 'params');
  if (!params.batched) return call.run({ params: params.tensor, indices: operand(call, 'indices').tensor });
  return call.run({ params: params.tensor, indices: withSample(call) });
};

const scatterNd: BatchingRule = (call) =>
  call.run(
    { indices: withSample(call), updates: batched(operand(call, 'updates'), call.size) },
    { ...call.attrs, shape: [call.size, ...(call.attrs.shape as readonly number[])] },
  );

const tensorScatterUpdate: BatchingRule = (call) =>
  call.run(
    {
      tensor: batched(operand(call, 'tensor'), call.size),
      indices: withSample(call),
      updates: batched(operand(call, 'updates'), call.size),
    },
    call.attrs,
  );

// Samples with the same segments go side by side behind the segment axis. Segments of their own are numbered through
// all samples, and summed by a scatter: tfjs's sum of segments takes a pass over everything for each segment on cpu.
const segmentSum: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const segmentIds = operand(call, 'segmentIds');
  const after = segmentIds.shape.length;
  if (!segmentIds.batched) {
    const result = call.run({ x: moveAxis(x.tensor, 0, after), segmentIds: segmentIds.tensor }, call.attrs);
    return moveAxis(result as tf.Tensor, 1, 0);
  }
  const count = call.attrs.numSegments as number;
  const ids = segmentIds.tensor;
  const first = tf.mul(tf.range(0, call.size, 1, 'int32'), tf.scalar(count, 'int32'));
  const through = tf.add(ids, tf.reshape(first, [call.size, ...Array<number>(after).fill(1)]));
  const valid = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.less(ids, count));
  const places = tf.where(valid, through, tf.fill(ids.shape, call.size * count, 'int32'));
  const rows = tf.reshape(batched(x, call.size), [places.size, ...x.shape.slice(after)]);
  return unmerge(sumInto(rows, tf.reshape(places, [-1]), call.size * count), call.size);
};

const topK: BatchingRule = (call) => call.run({ x: operand(call, 'x').tensor }, call.attrs);

/** Rules of kernels that take positions, or find them. */
export const indexing: Readonly<Record<string, BatchingRule>> = {
  [tf.GatherV2]: gather,
  [tf.GatherNd]: gatherNd,
  [tf.ScatterNd]: scatterNd,
  [tf.TensorScatterUpdate]: tensorScatterUpdate,
  [tf.UnsortedSegmentSum]: segmentSum,
  [tf.TopK]: topK,
};
