import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../../backend/canReadSync.ts';
import { runKernel } from '../../ops/engine.ts';
import type { BatchingRule, KernelCall, Operand } from '../rule.ts';
import { batched, moveAxis, operand, sizeFromShape, unmerge } from './operands.ts';
import { choose, inRange, isWithin, orBehind, rowsInRange, starts, throughItems } from './ranges.ts';

/**
 * A function of a tensor and of row indices, with its gradient. The indices are saved: otherwise they would be
 * disposed with the rule's intermediates.
 */
const withIndices = (
  x: tf.Tensor,
  places: tf.Tensor,
  value: (x: tf.Tensor) => tf.Tensor,
  gradient: (dy: tf.Tensor, places: tf.Tensor) => tf.Tensor,
): tf.Tensor =>
  tf.customGrad((given, save) => {
    (save as tf.GradSaveFunc)([places]);
    return {
      value: value(given as tf.Tensor),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved[0]!),
    };
  })(x);

/** Rows, and more rows. */
const followed = (...rows: readonly tf.Tensor[]): tf.Tensor => runKernel(tf.Concat, rows, { axis: 0 });

/** The entries of a tensor along an axis. */
export const gathered = (x: tf.Tensor, indices: tf.Tensor, axis = 0): tf.Tensor =>
  runKernel(tf.GatherV2, { x, indices }, { axis, batchDims: 0 });

/** The sum of the rows with each place, in a tensor of this shape. */
const scattered = (places: tf.Tensor, updates: tf.Tensor, shape: readonly number[]): tf.Tensor =>
  runKernel(tf.ScatterNd, { indices: tf.reshape(places, [places.size, 1]), updates }, { shape });

/** Sums the rows of `x` into their target rows; the target `rows` drops a row. */
const sumInto = (x: tf.Tensor, places: tf.Tensor, rows: number): tf.Tensor => {
  const rest = x.shape.slice(1);
  return withIndices(
    x,
    places,
    (value) => tf.slice(scattered(places, value, [rows + 1, ...rest]), 0, rows),
    (dy, own) => gathered(followed(dy, tf.zeros([1, ...rest])), own),
  );
};

/** Gathers rows of a table, zeros for -1. The gradient is a scatter: see `segmentSum` for tfjs's own on cpu. */
const lookUp = (table: tf.Tensor, places: tf.Tensor): tf.Tensor =>
  withIndices(
    table,
    places,
    (value) => gathered(value, places),
    (dy, own) => sumInto(dy, orBehind(own, table.shape[0]!), table.shape[0]!),
  );

/** `gather` with shared leading axes, as one gather of rows: index `i` of item `n` is row `n * rows + i`. */
const gatherRows = (x: tf.Tensor, indices: tf.Tensor, axis: number, leading: number): tf.Tensor => {
  const items = sizeFromShape(x.shape.slice(0, leading));
  const between = x.shape.slice(leading, axis);
  const rows = x.shape[axis]!;
  const rest = x.shape.slice(axis + 1);
  const chosen = indices.shape.slice(leading);
  const apart = tf.reshape(x, [items, sizeFromShape(between), rows, sizeFromShape(rest)]);
  const table = tf.reshape(moveAxis(apart, 2, 1), [
    items * rows,
    sizeFromShape(between) * sizeFromShape(rest),
  ]);
  const positions = throughItems(tf.reshape(indices, [items, sizeFromShape(chosen)]), rows);
  const found = lookUp(table, tf.reshape(positions, [items * sizeFromShape(chosen)]));
  const split = tf.reshape(found, [
    items,
    sizeFromShape(chosen),
    sizeFromShape(between),
    sizeFromShape(rest),
  ]);
  return tf.reshape(moveAxis(split, 1, 2), [...x.shape.slice(0, leading), ...between, ...chosen, ...rest]);
};

const gather: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const given = operand(call, 'indices');
  const axis = tf.util.parseAxisParam(Number(call.attrs.axis ?? 0), [...x.shape])[0]!;
  const given2 = Number(call.attrs.batchDims ?? 0);
  const batchDims = given2 < 0 ? given2 + given.shape.length : given2;
  const indices = { ...given, tensor: inRange('tf.gather', given.tensor, x.shape[axis]!) };
  if (batchDims === 0 && !indices.batched) return gathered(x.tensor, indices.tensor, axis + 1);
  if (batchDims === 0 && !x.batched) return moveAxis(gathered(x.tensor, indices.tensor, axis), axis, 0);
  return gatherRows(batched(x, call.size), batched(indices, call.size), axis + 1, batchDims + 1);
};

/** Concatenates the rows of all samples, `rows` of each. */
const stacked = (x: Operand, rows: number, size: number): tf.Tensor =>
  tf.reshape(batched(x, size), [size * rows, sizeFromShape(x.shape) / rows]);

const tensorInfo = ({ tensor: { dtype }, shape }: Operand): tf.TensorInfo => ({
  dataId: {},
  dtype,
  shape: [...shape],
});

const gatherNd: BatchingRule = (call) => {
  const params = operand(call, 'params');
  const indices = operand(call, 'indices');
  // Throws tfjs's own error for shapes that do not match.
  tf.backend_util.prepareAndValidate(tensorInfo(params), tensorInfo(indices));
  const axes = indices.shape.at(-1)!;
  const rows = sizeFromShape(params.shape.slice(0, axes));
  const found = { ...indices, tensor: rowsInRange('tf.gatherND', indices.tensor, params.shape) };
  const own = batched({ ...found, shape: indices.shape.slice(0, -1) }, call.size);
  const places = params.batched ? throughItems(own, rows) : own;
  const slices = params.shape.slice(axes);
  const table = params.batched
    ? stacked(params, rows, call.size)
    : tf.reshape(params.tensor, [rows, sizeFromShape(slices)]);
  const result = lookUp(table, tf.reshape(places, [places.size]));
  return tf.reshape(result, [...places.shape, ...slices]);
};

/** A scatter for all samples at once, into one list of rows. */
interface Scatter {
  /** The row of each update, `[updates, 1]`. */
  readonly indices: tf.Tensor;
  readonly updates: tf.Tensor;
  /** The number of rows of all samples. */
  readonly rows: number;
  /** The extra rows for dropped updates: 0 if all indices are known to be in range. */
  readonly spare: number;
  readonly slice: number;
}

const scatter = (call: KernelCall, op: string, shape: readonly number[]): Scatter => {
  const { size } = call;
  const given = operand(call, 'indices');
  // A flat list holds coordinates along one axis.
  const isList = given.shape.length === 1;
  const indices = isList
    ? { ...given, tensor: tf.reshape(given.tensor, [...given.tensor.shape, 1]), shape: [...given.shape, 1] }
    : given;
  const outer = indices.shape.slice(0, -1);
  const axes = indices.shape.at(-1)!;
  const count = sizeFromShape(shape.slice(0, axes));
  const slice = sizeFromShape(shape.slice(axes));
  const own = { ...indices, tensor: rowsInRange(op, indices.tensor, shape), shape: outer };
  const places = orBehind(throughItems(batched(own, size), count), size * count);
  const updates = size * sizeFromShape(outer);
  return {
    indices: tf.reshape(places, [updates, 1]),
    updates: tf.reshape(batched(operand(call, 'updates'), size), [updates, slice]),
    rows: size * count,
    spare: canReadSync() ? 0 : 1,
    slice,
  };
};

/** Removes the spare row of a scatter, and restores the shape of all samples. */
const withoutSpare = (x: tf.Tensor, { rows, spare }: Scatter, shape: readonly number[]): tf.Tensor =>
  tf.reshape(spare === 0 ? x : tf.slice(x, 0, rows), [...shape]);

const scatterNd: BatchingRule = (call) => {
  const shape = call.attrs.shape as readonly number[];
  if (shape.includes(0)) return tf.zeros([call.size, ...shape], operand(call, 'updates').tensor.dtype);
  const all = scatter(call, 'tf.scatterND', shape);
  const { indices, updates, rows, spare, slice } = all;
  const sums = call.run({ indices, updates }, { ...call.attrs, shape: [rows + spare, slice] });
  return withoutSpare(sums as tf.Tensor, all, [call.size, ...shape]);
};

const tensorScatterUpdate: BatchingRule = (call) => {
  const given = operand(call, 'tensor');
  if (given.shape.includes(0)) return batched(given, call.size);
  const all = scatter(call, 'tf.tensorScatterUpdate', given.shape);
  const { indices, updates, rows, spare, slice } = all;
  const own = tf.reshape(batched(given, call.size), [rows, slice]);
  const tensor = spare === 0 ? own : followed(own, tf.zeros([spare, slice], own.dtype));
  const updated = call.run({ tensor, indices, updates }, call.attrs);
  return withoutSpare(updated as tf.Tensor, all, [call.size, ...given.shape]);
};

// Samples with shared segment ids are concatenated along an axis after the segment axis. Otherwise the segments are
// numbered through all samples and summed by a scatter: on cpu, tfjs's segment sum takes a pass over everything for
// each segment. Rows without a segment are dropped, as outside of `vmap`.
const segmentSum: BatchingRule = (call) => {
  const x = operand(call, 'x');
  const segmentIds = operand(call, 'segmentIds');
  const after = segmentIds.shape.length;
  const ids = segmentIds.tensor;
  const count = call.attrs.numSegments as number;
  const valid = isWithin(ids, count);
  if (!segmentIds.batched) {
    const own = choose(valid, ids, tf.fill(ids.shape, -1, 'int32'));
    const result = call.run({ x: moveAxis(x.tensor, 0, after), segmentIds: own }, call.attrs);
    return moveAxis(result as tf.Tensor, 1, 0);
  }
  const first = tf.reshape(starts(call.size, count), [call.size, ...Array<number>(after).fill(1)]);
  const through = tf.add(ids, first);
  const places = choose(valid, through, tf.fill(ids.shape, call.size * count, 'int32'));
  const rows = tf.reshape(batched(x, call.size), [places.size, ...x.shape.slice(after)]);
  return unmerge(sumInto(rows, tf.reshape(places, [places.size]), call.size * count), call.size);
};

const topK: BatchingRule = (call) => call.run({ x: operand(call, 'x').tensor }, call.attrs);

/** Rules for kernels that gather, scatter or find positions. */
export const indexing: Readonly<Record<string, BatchingRule>> = {
  [tf.GatherV2]: gather,
  [tf.GatherNd]: gatherNd,
  [tf.ScatterNd]: scatterNd,
  [tf.TensorScatterUpdate]: tensorScatterUpdate,
  [tf.UnsortedSegmentSum]: segmentSum,
  [tf.TopK]: topK,
};
