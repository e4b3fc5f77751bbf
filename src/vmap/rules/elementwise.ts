import * as tf from '@tensorflow/tfjs-core';
import { adamApplyKernel, adamKernel } from '../../ops/adam.ts';
import { addNoiseKernels } from '../../ops/addNoise.ts';
import { runKernel } from '../../ops/engine.ts';
import { ivonApplyKernel, ivonKernel } from '../../ops/ivon.ts';
import { normalDivergenceKernels } from '../../ops/normalDivergence.ts';
import { reluGradientKernel } from '../../ops/relu.ts';
import { withSquareKernels } from '../../ops/withSquare.ts';
import type { BatchingRule, KernelCall, Operand } from '../rule.ts';
import { broadcastTo } from '../tile.ts';
import { decompose } from './decompose.ts';
import { batched, highestRankOnWasm, mapInputs, operands, rulesFor, sizeFromShape } from './operands.ts';

/** For kernels that treat their first axis like any other: passes the batch unchanged. */
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

/** Noise that differs where the outputs do not becomes one of their repetitions. */
const noisy: BatchingRule = (call) => {
  const { location, variance } = call.inputs;
  const isShared = !location?.batched && !variance?.batched && location?.shape.length === call.attrs.rank;
  return (isShared ? asItIs : allBatched)(call);
};

/** The scalar that some backends add is about all samples together, so each gets its own. */
const batchedSteps: BatchingRule = (call) => {
  const [momentum, mean, spread, lost] = allBatched(call) as readonly tf.Tensor[];
  const step = [momentum!, mean!, spread!];
  if (lost === undefined) return step;
  return [...step, tf.sum(tf.mul(0, tf.reshape(spread!, [call.size, spread!.size / call.size])), 1)];
};

/** Reshapes a batch so that its samples broadcast like tensors of the given rank. */
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
      tf.reshape(broadcastTo(aligned(input, shape.length), full), [call.size, sizeFromShape(shape)]),
    ),
    call.attrs,
  );
  return tf.reshape(result as tf.Tensor, full);
};

/** For kernels that broadcast: samples of lower rank get axes of size 1 after the batch axis. */
const broadcasting: BatchingRule = (call) => {
  const rank = highestRank(call);
  // tfjs's gradients do not detect that an axis of length 1 was broadcast to an empty one.
  if (rank + 1 > highestRankOnWasm || operands(call).some(({ shape }) => shape.includes(0)))
    return fullRows(call);
  return call.run(
    mapInputs(call, (input) => aligned(input, rank)),
    call.attrs,
  );
};

/** Sums tensors of one shape, as one row per sample, in order: bit for bit the sum of each sample. */
const addAll: BatchingRule = (call) => {
  const all = operands(call);
  const { shape } = all[0]!;
  const rows = all.map(({ tensor, batched: is }) =>
    tf.reshape(tensor, [is ? call.size : 1, sizeFromShape(shape)]),
  );
  const total = all.every(({ batched: is }) => is)
    ? runKernel(tf.AddN, rows)
    : rows.reduce((sum, next) => tf.add(sum, next));
  return tf.reshape(total, [call.size, ...shape]);
};

const differenceSquared = decompose(({ a, b }) => tf.square(tf.sub(a!, b!)));

// For floats this runs two kernels, whose gradients support broadcasting.
const squaredDifference: BatchingRule = (call) =>
  (operands(call).every(({ tensor }) => tensor.dtype === 'float32') ? differenceSquared : broadcasting)(call);

const relu = (x: tf.Tensor): tf.Tensor => runKernel(tf.Relu, { x });

// The wasm kernel accepts slopes for the last axis only. (No comparison: tfjs has no gradient for it.)
const prelu = decompose(({ x, alpha }) => tf.sub(relu(x!), tf.mul(alpha!, relu(tf.mul(-1, x!)))));

/** What a tracer stands for may belong to the caller, so it is not written over. */
const notInPlace = (call: KernelCall): KernelCall => ({ ...call, attrs: { ...call.attrs, inPlace: false } });

/** Rules for elementwise kernels. */
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
  [adamApplyKernel]: (call) => allBatched(notInPlace(call)),
  ...rulesFor(
    [tf.Complex, tf.EluGrad, tf.Select, adamKernel, reluGradientKernel, withSquareKernels.gradient],
    allBatched,
  ),
  // Their attributes count the axes of an item from the last one.
  ...rulesFor([...Object.values(normalDivergenceKernels), addNoiseKernels.gradient], allBatched),
  [addNoiseKernels.forward]: noisy,
  [withSquareKernels.forward]: asItIs,
  [ivonKernel]: batchedSteps,
  [ivonApplyKernel]: (call) => batchedSteps(notInPlace(call)),
  [tf.AddN]: addAll,
  // These broadcast, but their gradients in tfjs do not.
  ...rulesFor([tf.Maximum, tf.Minimum], fullRows),
  [tf.SquaredDifference]: squaredDifference,
  [tf.Prelu]: prelu,
};
