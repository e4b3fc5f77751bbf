import * as tf from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { BatchingRule, KernelCall } from '../rule.ts';
import { batched, moveAxis, operand } from './operands.ts';

const sizeOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

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
  const found = tf.gather(table, tf.reshape(positions, [-1]));
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

// Samples with the same segments go side by side behind the segment axis.
const segmentSum: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const segmentIds = operand(call, 'segmentIds');
  if (segmentIds.batched) return perSample(call);
  const after = segmentIds.shape.length;
  const result = call.run({ x: moveAxis(x.tensor, 0, after), segmentIds: segmentIds.tensor }, call.attrs);
  return moveAxis(result as tf.Tensor, 1, 0);
};

const topK: BatchingRule = (call) => call.run({ x: operand(call, 'x').tensor }, call.attrs);

const refused: BatchingRule = ({ kernel }) => {
  throw new Error(`vmap: ${kernel} cannot run inside vmap: the shape of its result depends on values`);
};

/** Rules of kernels that take positions, or find them. */
export const indexing: Readonly<Record<string, BatchingRule>> = {
  [tf.GatherV2]: gather,
  [tf.GatherNd]: gatherNd,
  [tf.ScatterNd]: scatterNd,
  [tf.TensorScatterUpdate]: tensorScatterUpdate,
  [tf.UnsortedSegmentSum]: segmentSum,
  [tf.TopK]: topK,
  [tf.Unique]: refused,
  [tf.NonMaxSuppressionV3]: refused,
  [tf.NonMaxSuppressionV5]: refused,
  [tf.SparseFillEmptyRows]: refused,
};
