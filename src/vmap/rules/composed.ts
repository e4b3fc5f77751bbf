import * as tf from '@tensorflow/tfjs-core';
import type { Attributes, BatchingRule } from '../rule.ts';
import { decompose } from './decompose.ts';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

const activations: Readonly<Record<string, (x: tf.Tensor, inputs: Inputs, attrs: Attributes) => tf.Tensor>> =
  {
    linear: (x) => x,
    relu: (x) => tf.relu(x),
    relu6: (x) => tf.relu6(x),
    elu: (x) => tf.elu(x),
    sigmoid: (x) => tf.sigmoid(x),
    leakyrelu: (x, _, attrs) => tf.leakyRelu(x, attrs.leakyreluAlpha as number | undefined),
    prelu: (x, inputs) => tf.prelu(x, inputs.preluActivationWeights!),
  };

/** Reshapes a vector with an entry per channel to broadcast where channels come first. */
const alongChannels = (x: tf.Tensor | undefined, attrs: Attributes): tf.Tensor | undefined =>
  x?.rank === 1 && x.size > 1 && attrs.dataFormat === 'NCHW' ? tf.reshape(x, [-1, 1, 1]) : x;

/** A fused kernel: the linear part, then its bias, then its activation. */
const fused = (linear: (inputs: Inputs, attrs: Attributes) => tf.Tensor): BatchingRule =>
  decompose((given, attrs) => {
    const product = linear(given, attrs);
    const inputs = {
      ...given,
      bias: alongChannels(given.bias, attrs),
      preluActivationWeights: alongChannels(given.preluActivationWeights, attrs),
    };
    const name = String(attrs.activation ?? 'linear');
    const activation = activations[name];
    if (activation === undefined) throw new Error(`vmap: unknown activation '${name}' of a fused kernel`);
    return activation(inputs.bias ? tf.add(product, inputs.bias) : product, inputs, attrs);
  });

const matMul = fused(({ a, b }, { transposeA, transposeB }) =>
  tf.matMul(a!, b!, Boolean(transposeA), Boolean(transposeB)),
);

type Strides = [number, number];
type Padding = 'valid' | 'same' | number;
type Format = 'NHWC' | 'NCHW';
type Rounding = 'floor' | 'round' | 'ceil' | undefined;

const conv =
  (depthwise: boolean) =>
  (
    { x, filter }: Inputs,
    { strides, pad, dataFormat, dilations, dimRoundingMode }: Attributes,
  ): tf.Tensor => {
    const run = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    return run(
      x as tf.Tensor4D,
      filter as tf.Tensor4D,
      strides as Strides,
      pad as Padding,
      dataFormat as Format,
      dilations as Strides,
      dimRoundingMode as Rounding,
    );
  };

const batchNorm = decompose(({ x, mean, variance, scale, offset }, { varianceEpsilon }) => {
  const inverse = tf.rsqrt(tf.add(variance!, varianceEpsilon as number));
  const scaled = tf.mul(tf.sub(x!, mean!), scale ? tf.mul(inverse, scale) : inverse);
  return offset ? tf.add(scaled, offset) : scaled;
});

/** Rules for kernels that combine several operations. */
export const composed: Readonly<Record<string, BatchingRule>> = {
  [tf._FusedMatMul]: matMul,
  [tf.FusedConv2D]: fused(conv(false)),
  [tf.FusedDepthwiseConv2D]: fused(conv(true)),
  [tf.FusedBatchNorm]: batchNorm,
};
