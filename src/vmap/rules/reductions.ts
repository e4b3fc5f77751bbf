import * as tf from '@tensorflow/tfjs-core';
import { softmaxGradientKernel } from '../../ops/softmax.ts';
import type { Attributes, BatchingRule } from '../rule.ts';
import { batchAxes, batchAxis, batched, mapInputs, moveAxis, operand, rulesFor } from './operands.ts';

const over =
  (attribute: string): BatchingRule =>
  (call) => {
    const { tensor, shape } = operand(call, 'x');
    return call.run({ x: tensor }, { ...call.attrs, [attribute]: batchAxes(call.attrs[attribute], shape) });
  };

const argument: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  return call.run({ x: tensor }, { axis: batchAxis(call.attrs.axis as number, shape.length) });
};

// Along the last axis: tfjs's gradient of cumsum is wrong for all others.
const cumulative: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'x');
  const axis = batchAxis(call.attrs.axis as number, shape.length);
  const attrs: Attributes = { ...call.attrs, axis: shape.length };
  const result = call.run({ x: moveAxis(tensor, axis, shape.length) }, attrs) as tf.Tensor;
  return moveAxis(result, shape.length, axis);
};

const softmax: BatchingRule = (call) => {
  const { tensor, shape } = operand(call, 'logits');
  return call.run({ logits: tensor }, { dim: batchAxis(call.attrs.dim as number, shape.length) });
};

// Along the last axis of both, with any leading axes.
const softmaxGradient: BatchingRule = (call) =>
  call.run(
    mapInputs(call, (input) => batched(input, call.size)),
    call.attrs,
  );

// Along the last axis, with any leading axes.
const fourier: BatchingRule = (call) => call.run({ input: operand(call, 'input').tensor });

/** Rules for kernels that reduce axes, or accumulate along one. */
export const reductions: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor([tf.Sum, tf.Mean, tf.Min, tf.Prod, tf.All, tf.Any], over('axis')),
  [tf.Max]: over('reductionIndices'),
  ...rulesFor([tf.ArgMax, tf.ArgMin], argument),
  ...rulesFor([tf.Cumsum, tf.Cumprod], cumulative),
  [tf.Softmax]: softmax,
  [softmaxGradientKernel]: softmaxGradient,
  ...rulesFor([tf.FFT, tf.IFFT], fourier),
};
