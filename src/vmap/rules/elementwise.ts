import * as tf from '@tensorflow/tfjs-core';
import { adamKernel } from '../../ops/adam.ts';
import type { BatchingRule, KernelCall, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { decompose } from './decompose.ts';
import { batched, highestRankOnWasm, mapInputs, operands, rulesFor, sizeOf } from './operands.ts';

/** For kernels that treat their first axis like any other: the batch goes in as it is. */
const asItIs: BatchingRule = (call) =>
  call.run(
    mapInputs(call, ({ tensor }) => tensor),
    call.attrs,
  );

/** For kernels that do not broadcast: every input gets the batch axis. */
const allBatched: BatchingRule = (call) =>
  call.run(
    mapInputs(call, (input) => batched(input, call.size)),
    call.attrs,
  );

/** A batch whose samples broadcast like tensors of the given rank. */
const aligned = ({ tensor, batched: is, shape }: Operand, rank: number): tf.Tensor =>
  is && shape.length < rank
    ? tf.reshape(tensor, [tensor.shape[0]!, ...Array<number>(rank - shape.length).fill(1), ...shape])
    : tensor;

const highestRank = (call: KernelCall): number =>
  Math.max(...operands(call).map(({ shape }) => shape.length));

/** The shape of one sample of the result. */
const broadcastShape = (call: KernelCall): readonly number[] =>
  operands(call)
    .map(({ shape }) => [...shape])
    .reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, b));

/** Every input in the full shape, as rows of one sample each. */
const fullRows = (call: KernelCall): tf.Tensor => {
  const shape = broadcastShape(call);
  const full = [call.size, ...shape];
  const result = call.run(
    mapInputs(call, (input) =>
      tf.reshape(broadcastTo(aligned(input, shape.length), full), [call.size, sizeOf(shape)]),
    ),
    call.attrs,
  );
  return tf.reshape(result as tf.Tensor, full);
};

/** For kernels that broadcast: samples of lower rank get axes of size 1 behind the batch axis. */
const broadcasting: BatchingRule = (call) => {
  const rank = highestRank(call);
  // Along an axis that is empty tfjs's gradients do not see that one of length 1 was broadcast.
  if (rank + 1 > highestRankOnWasm || operands(call).some(({ shape }) => shape.includes(0)))
    return fullRows(call);
  return call.run(
    mapInputs(call, (input) => aligned(input, rank)),
    call.attrs,
  );
};

/** A sum of tensors of one shape, as rows of one sample each, in their order: that of each sample to the last bit. */
const addAll: BatchingRule = (call) => {
  const all = operands(call);
  const { shape } = all[0]!;
  const rows = all.map(({ tensor, batched: is }) => tf.reshape(tensor, [is ? call.size : 1, sizeOf(shape)]));
  const total = all.every(({ batched: is }) => is)
    ? tf.addN(rows)
    : rows.reduce((sum, next) => tf.add(sum, next));
  return tf.reshape(total, [call.size, ...shape]);
};

const differenceSquared = decompose(({ a, b }) => tf.square(tf.sub(a!, b!)));

// Of floats as two kernels, whose gradients know about broadcasting.
const squaredDifference: BatchingRule = (call) =>
  (operands(call).every(({ tensor }) => tensor.dtype === 'float32') ? differenceSquared : broadcasting)(call);

// The wasm kernel takes slopes for the last axis only. (No comparison: tfjs has no gradient for those.)
const prelu = decompose(({ x, alpha }) => tf.sub(tf.relu(x!), tf.mul(alpha!, tf.relu(tf.neg(x!)))));

/** Rules of kernels that work element by element. */
export const elementwise: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor(
    [
      ...[tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Cast, tf.Ceil, tf.ClipByValue],
      ...[tf.ComplexAbs, tf.Cos, tf.Cosh, tf.Elu, tf.Erf, tf.Exp, tf.Expm1, tf.Floor, tf.Identity, tf.Imag],
      ...[tf.IsFinite, tf.IsInf, tf.IsNan, tf.LeakyRelu, tf.Log, tf.Log1p, tf.LogicalNot, tf.Neg],
      ...[tf.OneHot, tf.OnesLike, tf.Real, tf.Reciprocal, tf.Relu, tf.Relu6, tf.Round, tf.Rsqrt, tf.Selu],
      ...[tf.Sigmoid, tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Square, tf.Step, tf.Tan, tf.Tanh],
      ...[tf.ZerosLike, tf.StaticRegexReplace, tf.StringToHashBucketFast],
    ],
    asItIs,
  ),
  ...rulesFor(
    [
      ...[tf.Add, tf.Atan2, tf.BitwiseAnd, tf.Equal, tf.FloorDiv, tf.Greater, tf.GreaterEqual, tf.Less],
      ...[tf.LessEqual, tf.LogicalAnd, tf.LogicalOr, tf.Mod],
      ...[tf.Multiply, tf.NotEqual, tf.Pow, tf.RealDiv, tf.Sub],
    ],
    broadcasting,
  ),
  ...rulesFor([tf.Complex, tf.EluGrad, tf.Select, adamKernel], allBatched),
  [tf.AddN]: addAll,
  // These broadcast while their gradient in tfjs does not.
  ...rulesFor([tf.Maximum, tf.Minimum], fullRows),
  [tf.SquaredDifference]: squaredDifference,
  [tf.Prelu]: prelu,
};
