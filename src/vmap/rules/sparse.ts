import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../../backend/canReadSync.ts';
import { perSample } from '../fallback.ts';
import type { BatchingRule, Operand } from '../rule.ts';
import { broadcastTo, spread } from '../tile.ts';
import { decompose } from './decompose.ts';
import { gathered } from './indexing.ts';
import { batched, merge, moveAxis, operand, sizeFromShape, unmerge } from './operands.ts';
import { choose, orBehind, rowsInRange, starts, throughItems } from './ranges.ts';
import { refuse } from './refusals.ts';

/** One value for each entry of each sample, repeated if a sample has one value for all entries. */
const eachEntry = (values: Operand, entries: number, size: number): tf.Tensor => {
  const own = batched(values, size);
  return values.shape.length === 1
    ? tf.reshape(own, [size * entries])
    : tf.reshape(broadcastTo(tf.reshape(own, [size, 1]), [size, entries]), [size * entries]);
};

// If each sample has its own default, it is written where a second call, on ones, leaves zeros.
const sparseToDense: BatchingRule = (call) => {
  const { size } = call;
  const given = operand(call, 'sparseIndices');
  const fallback = operand(call, 'defaultValue');
  const shape = call.attrs.outputShape as readonly number[];
  if (shape.includes(0)) return tf.zeros([size, ...shape], fallback.tensor.dtype);
  const entries = given.shape[0] ?? 1;
  // A scalar or a flat list holds coordinates along one axis.
  const axes = given.shape[1] ?? 1;
  const count = sizeFromShape(shape.slice(0, axes));
  const coordinates = tf.reshape(given.tensor, [...(given.batched ? [size] : []), entries, axes]);
  const own = rowsInRange('tf.sparseToDense', coordinates, shape);
  const places = throughItems(batched({ ...given, tensor: own, shape: [entries] }, size), count);
  const sparseIndices = tf.reshape(orBehind(places, size * count), [size * entries, 1]);
  const sparseValues = eachEntry(operand(call, 'sparseValues'), entries, size);
  // The last element collects dropped values.
  const outputShape = [size * count + (canReadSync() ? 0 : 1)];
  const dense = (values: tf.Tensor, defaultValue: tf.Tensor): tf.Tensor => {
    const all = call.run({ sparseIndices, sparseValues: values, defaultValue }, { outputShape }) as tf.Tensor;
    return tf.reshape(canReadSync() ? all : tf.slice(all, 0, size * count), [size, ...shape]);
  };
  if (!fallback.batched) return dense(sparseValues, fallback.tensor);
  const filled = dense(sparseValues, tf.zeros([], sparseValues.dtype));
  const taken = dense(tf.ones(sparseValues.shape), tf.scalar(0));
  const defaults = tf.reshape(fallback.tensor, [size, ...shape.map(() => 1)]);
  return choose(tf.cast(taken, 'bool'), filled, broadcastTo(defaults, filled.shape));
};

const sparseReshape: BatchingRule = (call) => {
  const inputShape = operand(call, 'inputShape');
  const newShape = operand(call, 'newShape');
  if (inputShape.batched || newShape.batched) return perSample(call);
  const inputIndices = merge(operand(call, 'inputIndices').tensor);
  const [indices, shape] = call.run({
    inputIndices,
    inputShape: inputShape.tensor,
    newShape: newShape.tensor,
  }) as readonly [tf.Tensor, tf.Tensor];
  return [unmerge(indices, call.size), spread(shape, call.size)];
};

/** The rows at the indices of each sample, `[samples, indices, ...]`. */
const gatherRows = decompose(({ data, indices }) => gathered(data!, indices!));

const refuseSegments = refuse({
  op: 'tf.sparse.sparseSegmentSum or sparseSegmentMean with different segment ids per sample',
  because: 'the shape of its result depends on those ids',
  instead: 'Use tf.unsortedSegmentSum, which takes the number of segments.',
});

// Samples are concatenated along an axis after that of segments.
const segments: BatchingRule = (call) => {
  const segmentIds = operand(call, 'segmentIds');
  if (segmentIds.batched) return refuseSegments(call);
  const data = moveAxis(gatherRows(call) as tf.Tensor, 0, 1);
  const indices = starts(data.shape[0]!, 1);
  return moveAxis(call.run({ data, indices, segmentIds: segmentIds.tensor }) as tf.Tensor, 1, 0);
};

/** Rules for kernels that use sparse tensors. */
export const sparse: Readonly<Record<string, BatchingRule>> = {
  [tf.SparseToDense]: sparseToDense,
  [tf.SparseReshape]: sparseReshape,
  [tf.SparseSegmentSum]: segments,
  [tf.SparseSegmentMean]: segments,
};
