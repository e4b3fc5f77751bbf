import * as tf from '@tensorflow/tfjs-core';
import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  flatten,
  gelu,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  silu,
  type Unary,
} from 'tfjs-bayesian';
import type { Expression } from './expression.ts';
import { type Arguments, className, namedArguments } from './signature.ts';

/** A module of torch.nn without weights: its parameters in their order, and our function for their values. */
interface Plain {
  readonly signature: readonly string[];
  readonly of: (given: Arguments, channels: boolean) => Unary;
}

const activation = (f: Unary): Plain => ({ signature: ['inplace'], of: () => f });

const inTorch = (name: string, wanted: unknown, value: unknown): void => {
  if (value !== undefined && value !== wanted) throw new Error(`this check knows no '${name}' of ${value}`);
};

type Pooling = (kernel: never, options: never) => Unary;

/** PyTorch's rounding up at the ends and its means without the padding are not in this library. */
const pooling = (pool: Pooling, ...more: readonly string[]): Plain => ({
  signature: ['kernelSize', 'stride', 'padding', ...more],
  of: ({ kernelSize, stride, padding, ...others }) => {
    inTorch('ceil_mode', false, others.ceilMode);
    inTorch('count_include_pad', true, others.countIncludePad);
    inTorch('return_indices', false, others.returnIndices);
    if (others.dilation !== undefined) inTorch('dilation', 1, others.dilation);
    return pool(kernelSize as never, { stride, padding } as never);
  },
});

const maxPooling = (pool: Pooling): Plain => pooling(pool, 'dilation', 'returnIndices', 'ceilMode');
const avgPooling = (pool: Pooling): Plain => pooling(pool, 'ceilMode', 'countIncludePad');

const overLast =
  (f: (x: tf.Tensor) => tf.Tensor): Plain['of'] =>
  ({ dim }, channels) => {
    // The axis is counted in PyTorch's layout; the last is the last here too where there are no channels.
    if (dim !== -1 || channels)
      throw new Error('this check knows a softmax over the last axis of features alone');
    return f;
  };

/** Those of torch.nn's modules without weights that this library has a function for. */
const modules: Readonly<Record<string, Plain>> = {
  ReLU: activation((x) => tf.relu(x)),
  ReLU6: activation((x) => tf.clipByValue(x, 0, 6)),
  Tanh: activation((x) => tf.tanh(x)),
  Sigmoid: activation((x) => tf.sigmoid(x)),
  Softplus: activation((x) => tf.softplus(x)),
  Softsign: activation((x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Mish: activation((x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  SELU: activation((x) => tf.selu(x)),
  SiLU: activation(silu),
  Identity: activation((x) => x),
  ELU: {
    signature: ['alpha', 'inplace'],
    of:
      ({ alpha = 1 }) =>
      (x) =>
        tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(tf.minimum(x, 0)), Number(alpha))),
  },
  LeakyReLU: {
    signature: ['negativeSlope', 'inplace'],
    of:
      ({ negativeSlope = 0.01 }) =>
      (x) =>
        tf.leakyRelu(x, Number(negativeSlope)),
  },
  GELU: {
    signature: ['approximate'],
    of:
      ({ approximate = 'none' }) =>
      (x) =>
        gelu(x, { approximate: approximate as 'none' | 'tanh' }),
  },
  Softmax: { signature: ['dim'], of: overLast((x) => tf.softmax(x)) },
  LogSoftmax: { signature: ['dim'], of: overLast((x) => tf.logSoftmax(x)) },
  // Recorded in evaluation, in which it does nothing.
  Dropout: { signature: ['p', 'inplace'], of: () => (x) => x },
  Flatten: {
    signature: ['startDim', 'endDim'],
    of: ({ startDim, endDim }, channels) => {
      inTorch('start_dim', 1, startDim);
      inTorch('end_dim', -1, endDim);
      // The next layer's weights count features as PyTorch does, channel by channel.
      return flatten({ channelsFirst: channels });
    },
  },
  MaxPool1d: maxPooling(maxPool1d),
  MaxPool2d: maxPooling(maxPool2d),
  MaxPool3d: maxPooling(maxPool3d),
  AvgPool1d: avgPooling(avgPool1d),
  AvgPool2d: avgPooling(avgPool2d),
  AvgPool3d: avgPooling(avgPool3d),
};

/** Our function for a module of torch.nn without weights, if it is one; `channels`: whether they are last here. */
export const lookUpFunction = (call: Expression, channels: boolean): Unary | undefined => {
  const name = className(call.name);
  const found = Object.hasOwn(modules, name) ? modules[name] : undefined;
  return found?.of(namedArguments(found.signature, call), channels);
};

const byLowerName = new Map(Object.keys(modules).map((name) => [name.toLowerCase(), name]));

/**
 * The activation that a transformer is given: a module, or the name of a function such as `'relu'`.
 *
 * @throws Error for one that this check does not know
 */
export const readActivation = (call: Expression): Unary => {
  const name = byLowerName.get(className(call.name).toLowerCase());
  const found = name === undefined ? undefined : lookUpFunction({ ...call, name }, false);
  if (found === undefined) throw new Error(`'${call.name}' is no activation that this check knows`);
  return found;
};
