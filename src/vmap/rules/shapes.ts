import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import { runKernel } from '../../ops/engine.ts';
import type { BatchingRule, KernelCall, Operand } from '../rule.ts';
import { broadcastTo, tile } from '../tile.ts';
import {
  batchAxes,
  batchAxis,
  batched,
  highestRankOnWasm,
  moveAxis,
  operand,
  operands,
  rulesFor,
  sizeFromShape,
} from './operands.ts';

/** A rule that runs the same kernel on the batch of `x` with other attributes. */
const withAttrs =
  (attrs: (call: KernelCall, x: Operand) => Readonly<Record<string, unknown>>): BatchingRule =>
  (call) => {
    const x = operand(call, 'x');
    return call.run({ x: x.tensor }, { ...call.attrs, ...attrs(call, x) });
  };

const reshape = withAttrs(({ attrs, size }, { shape }) => ({
  shape: [
    size,
    ...tf.util.inferFromImplicitShape(attrs.shape as number[], tf.util.sizeFromShape([...shape])),
  ],
}));

const transpose = withAttrs(({ attrs }) => ({
  perm: [0, ...(attrs.perm as readonly number[]).map((axis) => axis + 1)],
}));

const expandDims: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'input');
  return call.run({ input: tensor }, { dim: batchAxis(call.attrs.dim as number, shape.length + 1) });
};

const repeat: BatchingRule = (call) =>
  tile(operand(call, 'x').tensor, [1, ...(call.attrs.reps as readonly number[])]);

const broadcast: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  const target = call.attrs.shape as readonly number[];
  const ones = Array<number>(target.length - shape.length).fill(1);
  return broadcastTo(tf.reshape(tensor, [call.size, ...ones, ...shape]), [call.size, ...target]);
};

type Paddings = readonly (readonly number[])[];

/** Pads every axis after the first. */
const padBehind = (call: KernelCall, x: tf.Tensor, paddings: Paddings): tf.Tensor =>
  call.run({ x }, { ...call.attrs, paddings: [[0, 0], ...paddings] }) as tf.Tensor;

// With too many axes, pads the last ones while the leading ones are merged, and vice versa.
const pad: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  const paddings = call.attrs.paddings as Paddings;
  const first = shape.length + 1 - highestRankOnWasm;
  if (first <= 0) return padBehind(call, tensor, paddings);
  const leading = [call.size, ...shape.slice(0, first)];
  const rows = tf.reshape(tensor, [sizeFromShape(leading), ...shape.slice(first)]);
  const behind = padBehind(call, rows, paddings.slice(first));
  const before = tf.reshape(behind, [...leading, sizeFromShape(behind.shape.slice(1))]);
  const all = padBehind(call, before, [...paddings.slice(0, first), [0, 0]]);
  return tf.reshape(all, [...all.shape.slice(0, -1), ...behind.shape.slice(1)]);
};

// A slice past the end or before the start would read another sample: not every kernel checks.
const slice = withAttrs(({ attrs, size }, { shape }) => {
  const x = { shape: [...shape], rank: shape.length } as tf.Tensor;
  const [begin, sizes] = tf.slice_util.parseSliceParams(
    x,
    attrs.begin as number[],
    attrs.size as number[],
  ) as [number[], number[]];
  const isInside = begin.every((first, axis) => first >= 0 && first + sizes[axis]! <= shape[axis]!);
  if (!isInside) {
    const where = `within the shape [${shape.join(', ')}], for a slice of shape [${sizes.join(', ')}]`;
    invalidArgument('vmap: tf.slice: begin', where, begin);
  }
  return { begin: [0, ...begin], size: [size, ...sizes] };
});

const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'];

// Bit i of a mask belongs to entry i, and the new entry 0 is the whole batch axis.
const stridedSlice = withAttrs(({ attrs, size }) => ({
  begin: [0, ...(attrs.begin as readonly number[])],
  end: [size, ...(attrs.end as readonly number[])],
  strides: [1, ...(attrs.strides as readonly number[])],
  ...Object.fromEntries(masks.map((mask) => [mask, Number(attrs[mask] ?? 0) << 1])),
}));

const reverse = withAttrs(({ attrs }, { shape }) => ({ dims: batchAxes(attrs.dims, shape) }));

const split = withAttrs(({ attrs }, { shape }) => ({ axis: batchAxis(attrs.axis as number, shape.length) }));

const unpack: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'value');
  return call.run({ value: tensor }, { axis: batchAxis(call.attrs.axis as number, shape.length) });
};

const joined =
  (newAxes: number): BatchingRule =>
  (call) => {
    const inputs = operands(call);
    const rank = inputs[0]!.shape.length + newAxes;
    return call.run(
      inputs.map((input) => batched(input, call.size)),
      { axis: batchAxis(call.attrs.axis as number, rank) },
    );
  };

// These change only the leading axes, so the batch axis is moved to the end and merged with the unchanged axes: tfjs's
// kernels support few.
const batchLast: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  const rest = shape.slice(1 + (call.attrs.blockShape as readonly number[]).length);
  const last = moveAxis(tensor, 0, shape.length);
  const touched = shape.slice(0, shape.length - rest.length);
  const result = call.run(
    { x: tf.reshape(last, [...touched, sizeFromShape(rest) * call.size]) },
    call.attrs,
  ) as tf.Tensor;
  const all = tf.reshape(result, [...result.shape.slice(0, -1), ...rest, call.size]);
  return moveAxis(all, all.rank - 1, 0);
};

// Each value followed by `count` zeros falls on the diagonal when cut into rows.
const diag: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  const count = sizeFromShape(shape);
  const x = tf.reshape(tensor, [call.size, count, 1]);
  const paddings = [
    [0, 0],
    [0, 0],
    [0, count],
  ];
  const spaced: tf.Tensor = runKernel(tf.PadV2, { x }, { paddings, constantValue: 0 });
  const rows = tf.slice(
    tf.reshape(spaced, [call.size, count * (1 + count)]),
    [0, 0],
    [call.size, count * count],
  );
  return tf.reshape(rows, [call.size, ...shape, ...shape]);
};

/** Rules for kernels that move values without reading them. */
export const shapes: Readonly<Record<string, BatchingRule>> = {
  [tf.Reshape]: reshape,
  [tf.Transpose]: transpose,
  [tf.ExpandDims]: expandDims,
  [tf.Tile]: repeat,
  [tf.BroadcastTo]: broadcast,
  [tf.PadV2]: pad,
  [tf.MirrorPad]: pad,
  [tf.Slice]: slice,
  [tf.StridedSlice]: stridedSlice,
  [tf.Reverse]: reverse,
  [tf.Diag]: diag,
  [tf.SplitV]: split,
  [tf.Unpack]: unpack,
  [tf.Concat]: joined(0),
  [tf.Pack]: joined(1),
  ...rulesFor([tf.SpaceToBatchND, tf.BatchToSpaceND], batchLast),
};
