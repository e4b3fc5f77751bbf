import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { filled } from '../filled.ts';
import { step } from '../webgpuKernel.ts';
import { fixed } from './fixed.ts';

const isEmpty = ({ shape }: tf.TensorInfo): boolean => shape.includes(0);

/** Of nothing tfjs's divides by its length, 0. */
const softmax = fixed<{ readonly logits: tf.TensorInfo }>(tf.Softmax, (stock) => (call) => {
  const { logits } = call.inputs;
  return isEmpty(logits) ? filled(call.backend, logits.shape, 'float32', 0) : stock(call);
});

interface Update {
  readonly tensor: tf.TensorInfo;
  readonly indices: tf.TensorInfo;
  readonly updates: tf.TensorInfo;
}

/** The result of tfjs's has no data for a tensor without numbers; a program cannot bind updates without numbers. */
const scatterUpdate = fixed<Update>(tf.TensorScatterUpdate, (stock) => (call) => {
  const { tensor: x, updates } = call.inputs;
  return isEmpty(x) || isEmpty(updates) ? step(tf.Identity, { x }, call) : stock(call);
});

interface Equation {
  readonly equation: string;
}

/** An einsum is made of products and sums that are not registered kernels, and so not those that take empty tensors. */
const einsum = fixed<readonly tf.TensorInfo[], Equation>(tf.Einsum, (stock) => (call) => {
  const { inputs, attrs, backend } = call;
  if (!inputs.some(isEmpty)) return stock(call);
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(attrs.equation, inputs.length);
  const sizes: number[] = [];
  inputs.forEach(({ shape }, at) => {
    for (const [axis, dim] of idDims[at]!.entries()) sizes[dim] = shape[axis]!;
  });
  // Those that are summed come last.
  const shape = sizes.slice(0, allDims.length - summedDims.length);
  return filled(backend, shape, inputs.map(({ dtype }) => dtype).reduce(tf.upcastType), 0);
});

/** Kernels for tensors without numbers, apart from reductions. */
export const empties: readonly OwnKernel[] = [einsum, scatterUpdate, softmax];
