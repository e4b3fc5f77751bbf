import * as tf from '@tensorflow/tfjs-core';
import { batchMatMul } from './batchMatMul.ts';
import { step } from './step.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

type Next = (x: tf.TensorInfo, call: WasmCall) => tf.TensorInfo;

const activations: Readonly<Record<string, Next>> = {
  linear: (x) => x,
  relu: (x, call) => step(tf.Relu, { x }, call),
  relu6: (x, call) => step(tf.Relu6, { x }, call),
  elu: (x, call) => step(tf.Elu, { x }, call),
  sigmoid: (x, call) => step(tf.Sigmoid, { x }, call),
  leakyrelu: (x, call) => step(tf.LeakyRelu, { x }, call, { alpha: call.attrs.leakyreluAlpha ?? 0 }),
  prelu: (x, call) => step(tf.Prelu, { x, alpha: call.inputs.preluActivationWeights! }, call),
};

const addBias: Next = (x, call) => {
  const { bias } = call.inputs;
  if (!bias) return x;
  const size = tf.util.sizeFromShape(bias.shape);
  // tf.fused.matMul has made one of all outer axes, but not of the bias's.
  const fits = bias.shape.length > x.shape.length && size === tf.util.sizeFromShape(x.shape);
  return step(tf.Add, { a: x, b: fits ? { ...bias, shape: x.shape } : bias }, call);
};

/**
 * A matrix product, its bias and its activation. tfjs's own kernel is wrong with a bias where a factor is transposed or
 * one of a batch, and takes no bias that has been reshaped.
 */
export const fusedMatMul: WasmKernel = {
  name: tf._FusedMatMul,
  run: (call, stock) => {
    const activation = activations[String(call.attrs.activation ?? 'linear')];
    if (activation === undefined) return stock(call);
    const forget = (x: tf.TensorInfo, next: tf.TensorInfo): tf.TensorInfo => {
      if (next !== x) call.backend.disposeData(x.dataId);
      return next;
    };
    const product = batchMatMul.run(call, stock);
    const shifted = forget(product, addBias(product, call));
    return forget(shifted, activation(shifted, call));
  },
};
