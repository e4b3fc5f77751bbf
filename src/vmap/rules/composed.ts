import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from '../../ops/engine.ts';
import type { Attributes, BatchingRule } from '../rule.ts';
import { decompose } from './decompose.ts';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** The activations that have no settings, and their kernels. */
const plainActivations: Readonly<Record<string, string>> = {
  relu: tf.Relu,
  relu6: tf.Relu6,
  elu: tf.Elu,
  sigmoid: tf.Sigmoid,
};

/** What a fused kernel does last, to the sum of its product and its bias. */
const activated = (x: tf.Tensor, inputs: Inputs, attrs: Attributes): tf.Tensor => {
  const name = String(attrs.activation ?? 'linear');
  const plain = plainActivations[name];
  if (plain !== undefined) return runKernel(plain, { x });
  if (name === 'linear') return x;
  if (name === 'leakyrelu') return runKernel(tf.LeakyRelu, { x }, { alpha: attrs.leakyreluAlpha ?? 0.2 });
  if (name === 'prelu') return runKernel(tf.Prelu, { x, alpha: inputs.preluActivationWeights! });
  throw new Error(`vmap: unknown activation '${name}' of a fused kernel`);
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
    return activated(inputs.bias ? tf.add(product, inputs.bias) : product, inputs, attrs);
  });

const matMul = fused(({ a, b }, { transposeA, transposeB }) =>
  tf.matMul(a!, b!, Boolean(transposeA), Boolean(transposeB)),
);

const conv =
  (kernel: string) =>
  ({ x, filter }: Inputs, { strides, pad, dataFormat, dilations, dimRoundingMode }: Attributes): tf.Tensor =>
    runKernel(kernel, { x: x!, filter: filter! }, { strides, pad, dataFormat, dilations, dimRoundingMode });

const batchNorm = decompose(({ x, mean, variance, scale, offset }, { varianceEpsilon }) => {
  const inverse = runKernel(tf.Rsqrt, { x: tf.add(variance!, varianceEpsilon as number) });
  const scaled = tf.mul(tf.sub(x!, mean!), scale ? tf.mul(inverse, scale) : inverse);
  return offset ? tf.add(scaled, offset) : scaled;
});

/** Rules for kernels that combine several operations. */
export const composed: Readonly<Record<string, BatchingRule>> = {
  [tf._FusedMatMul]: matMul,
  [tf.FusedConv2D]: fused(conv(tf.Conv2D)),
  [tf.FusedDepthwiseConv2D]: fused(conv(tf.DepthwiseConv2dNative)),
  [tf.FusedBatchNorm]: batchNorm,
};
