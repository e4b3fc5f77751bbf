import * as tf from '@tensorflow/tfjs-core';
import { savedOutput } from './savedOutput.ts';
import { unbroadcast } from './unbroadcast.ts';

type Slopes = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => readonly [() => tf.Tensor, () => tf.Tensor];

/** The gradient of a kernel of two broadcasting tensors. */
const binary = (
  kernelName: string,
  [first, second]: readonly [string, string],
  slopes: Slopes,
): tf.GradConfig => ({
  kernelName,
  inputsToSave: [first, second],
  gradFunc: (dy, [a, b]) => {
    const [byFirst, bySecond] = slopes(dy as tf.Tensor, a!, b!);
    return {
      [first]: () => unbroadcast(byFirst(), a!.shape),
      [second]: () => unbroadcast(bySecond(), b!.shape),
    };
  },
});

const asFloat = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'float32');

const where = (condition: tf.Tensor, dy: tf.Tensor): tf.Tensor => tf.mul(dy, asFloat(condition));

/** The gradient of the maximum or minimum goes to the first operand where both are equal. */
const maximum = binary(tf.Maximum, ['a', 'b'], (dy, a, b) => [
  () => where(tf.greaterEqual(a, b), dy),
  () => where(tf.less(a, b), dy),
]);

const minimum = binary(tf.Minimum, ['a', 'b'], (dy, a, b) => [
  () => where(tf.lessEqual(a, b), dy),
  () => where(tf.greater(a, b), dy),
]);

const squaredDifference = binary(tf.SquaredDifference, ['a', 'b'], (dy, a, b) => [
  () => tf.mul(dy, tf.mul(2, asFloat(tf.sub(a, b)))),
  () => tf.mul(dy, tf.mul(2, asFloat(tf.sub(b, a)))),
]);

const prelu = binary(tf.Prelu, ['x', 'alpha'], (dy, x, alpha) => [
  () => tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha)),
  () => tf.mul(dy, tf.neg(tf.relu(tf.neg(x)))),
]);

/** The gradient of a kernel of one tensor, computed from its output. */
const byOutput = (kernelName: string, slope: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor): tf.GradConfig => ({
  kernelName,
  inputsToSave: [],
  outputsToSave: [true],
  gradFunc: (dy, [y]) => ({ x: () => slope(dy as tf.Tensor, savedOutput(y!)) }),
});

const exp = byOutput(tf.Exp, (dy, y) => tf.mul(dy, y));

const sigmoid = byOutput(tf.Sigmoid, (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))));

const tanh = byOutput(tf.Tanh, (dy, y) => tf.mul(tf.sub(1, tf.square(y)), dy));

const eluSlope = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.engine().runKernel(tf.EluGrad, { dy, y });

const elu = byOutput(tf.Elu, eluSlope);

/** The gradient of `elu`'s gradient kernel, whose slope is y + 1 below zero and 1 above. */
const eluSecondOrder: tf.GradConfig = {
  kernelName: tf.EluGrad,
  inputsToSave: ['dy', 'y'],
  gradFunc: (ddx, [dy, y]) => ({
    dy: () => eluSlope(ddx as tf.Tensor, y!),
    y: () => where(tf.less(y!, 0), tf.mul(ddx as tf.Tensor, dy!)),
  }),
};

/** The slope at 0 is 0, as in other frameworks; TensorFlow.js's is -1. */
const abs: tf.GradConfig = {
  kernelName: tf.Abs,
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.sign(asFloat(x!))) }),
};

/** Also right for x to the power 0 at 0, where the formula divides by zero. */
const pow: tf.GradConfig = {
  kernelName: tf.Pow,
  inputsToSave: ['a', 'b'],
  outputsToSave: [true],
  gradFunc: (dy, [a, b, y]) => ({
    a: () => {
      const exponent = asFloat(b!);
      const isConstant = tf.equal(exponent, 0);
      const lower = tf.where(isConstant, tf.onesLike(exponent), tf.sub(exponent, 1));
      return unbroadcast(tf.mul(dy as tf.Tensor, tf.mul(exponent, tf.pow(asFloat(a!), lower))), a!.shape);
    },
    b: () => {
      const base = asFloat(a!);
      const isPositive = tf.greater(base, 0);
      const log = tf.where(
        isPositive,
        tf.log(tf.where(isPositive, base, tf.onesLike(base))),
        tf.zerosLike(base),
      );
      return unbroadcast(tf.mul(dy as tf.Tensor, tf.mul(asFloat(savedOutput(y!)), log)), b!.shape);
    },
  }),
};

/** A complex number has two slopes, but a gradient in TensorFlow.js is float32: its own is only a sign. */
const complexAbs: tf.GradConfig = {
  kernelName: tf.ComplexAbs,
  gradFunc: () => {
    throw new Error('tf.abs has no gradient for complex tensors: use tf.sqrt(re * re + im * im)');
  },
};

/** The gradients of kernels that work element by element. */
export const elementwiseGradients: readonly tf.GradConfig[] = [
  abs,
  complexAbs,
  elu,
  eluSecondOrder,
  exp,
  maximum,
  minimum,
  pow,
  prelu,
  sigmoid,
  squaredDifference,
  tanh,
];
