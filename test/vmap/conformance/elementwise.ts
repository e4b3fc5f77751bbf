import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  bool,
  broadcastable,
  everywhere,
  float,
  int,
  none,
  notOnWasm,
  pickShape,
  type Row,
} from '../support/againstLoop.ts';

const unary = (
  name: string,
  f: (x: tf.Tensor) => tf.Tensor,
  low = -2,
  high = 2,
  gradient = everywhere,
): Row => ({
  name,
  gradient,
  draw: pickShape(0, 3).map((shape) => ({ args: [float(shape, low, high)], f: (x) => f(x!) })),
});

const binary = (
  name: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  low = -2,
  high = 2,
  gradient = everywhere,
): Row => ({
  name,
  gradient,
  draw: broadcastable(2).map(([a, b]) => ({
    args: [float(a!, low, high), float(b!, low, high)],
    f: (x, y) => f(x!, y!),
  })),
});

/** Of integers and booleans, and of several dtypes at once: the operation converts them to one. */
const kinds = [float, int, (shape: readonly number[]) => bool(shape)] as const;
const ofKinds = (name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Row => ({
  name: `${name} of several dtypes`,
  gradient: everywhere,
  draw: fc
    .tuple(broadcastable(2), fc.constantFrom(...kinds), fc.constantFrom(...kinds))
    .map(([[a, b], first, second]) => ({
      args: [first(a!, -4, 4), second(b!, -4, 4)],
      f: (x, y) => f(x!, y!),
    })),
});

const ofWhole = (name: string, f: (x: tf.Tensor) => tf.Tensor): Row => ({
  name: `${name} of int32`,
  gradient: none,
  draw: pickShape(0, 3).map((shape) => ({ args: [int(shape, -5, 6)], f: (x) => f(x!) })),
});

const flags = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Row['draw'] =>
  broadcastable(2).map(([a, b]) => ({ args: [bool(a!), bool(b!)], f: (x, y) => f(x!, y!) }));

/** Operations element by element. */
export const elementwise: readonly Row[] = [
  unary('abs', tf.abs),
  unary('acos', tf.acos, -0.9, 0.9),
  unary('acosh', tf.acosh, 1.1, 3),
  unary('asin', tf.asin, -0.9, 0.9),
  unary('asinh', tf.asinh),
  unary('atan', tf.atan),
  unary('atanh', tf.atanh, -0.9, 0.9),
  unary('cast', (x) => tf.cast(x, 'int32'), -5, 5),
  unary('ceil', tf.ceil),
  unary('clipByValue', (x) => tf.clipByValue(x, -1, 1)),
  unary('clone', tf.clone),
  unary('cos', tf.cos),
  unary('cosh', tf.cosh),
  unary('elu', tf.elu),
  unary('erf', tf.erf),
  unary('exp', tf.exp),
  unary('ensureShape', (x) => tf.ensureShape(x, x.shape as [])),
  unary('expm1', tf.expm1),
  unary('floor', tf.floor),
  unary('isFinite', tf.isFinite, -2, 2),
  unary('isInf', tf.isInf, -2, 2),
  unary('isNaN', tf.isNaN, -2, 2),
  unary('leakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  unary('log', tf.log, 0.1, 3),
  unary('log1p', tf.log1p, -0.5, 3),
  {
    ...unary('logSigmoid', tf.logSigmoid, -2, 2, none),
    why: 'it reads an input that tf.tidy has disposed of by then',
  },
  unary('neg', tf.neg),
  unary('onesLike', tf.onesLike, -2, 2),
  unary('reciprocal', tf.reciprocal, 0.5, 2),
  unary('relu', tf.relu),
  unary('relu6', tf.relu6, -3, 9),
  unary('round', tf.round),
  unary('rsqrt', tf.rsqrt, 0.5, 2),
  unary('selu', tf.selu),
  unary('sigmoid', tf.sigmoid),
  unary('sign', tf.sign),
  unary('sin', tf.sin),
  unary('sinh', tf.sinh),
  unary('softplus', tf.softplus),
  unary('sqrt', tf.sqrt, 0.5, 2),
  unary('square', tf.square),
  unary('step', (x) => tf.step(x, 0.5)),
  unary('tan', tf.tan, -1, 1),
  unary('tanh', tf.tanh),
  unary('zerosLike', tf.zerosLike, -2, 2),
  binary('add', tf.add),
  binary('sub', tf.sub),
  binary('mul', tf.mul),
  binary('div', tf.div, 0.5, 2),
  binary('divNoNan', tf.divNoNan, 0.5, 2),
  binary('floorDiv', tf.floorDiv, 0.5, 4),
  binary('maximum', tf.maximum),
  binary('minimum', tf.minimum),
  binary('mod', tf.mod, 0.5, 4),
  binary('pow', tf.pow, 0.5, 2),
  binary('squaredDifference', tf.squaredDifference),
  binary('atan2', tf.atan2, 0.5, 2),
  binary('equal', tf.equal),
  binary('notEqual', tf.notEqual),
  binary('less', tf.less),
  binary('lessEqual', tf.lessEqual),
  binary('greater', tf.greater),
  binary('greaterEqual', tf.greaterEqual),
  ...[ofKinds('add', tf.add), ofKinds('sub', tf.sub), ofKinds('mul', tf.mul)],
  ofKinds('equal', tf.equal),
  ...[ofKinds('notEqual', tf.notEqual), ofKinds('less', tf.less), ofKinds('lessEqual', tf.lessEqual)],
  ...[ofKinds('greater', tf.greater), ofKinds('greaterEqual', tf.greaterEqual)],
  ...[ofKinds('maximum', tf.maximum), ofKinds('minimum', tf.minimum)],
  ofKinds('squaredDifference', tf.squaredDifference),
  ...[ofWhole('abs', tf.abs), ofWhole('neg', tf.neg), ofWhole('relu', tf.relu), ofWhole('relu6', tf.relu6)],
  ...[
    ofWhole('cast', (x) => tf.cast(x, 'bool')),
    ofWhole('clone', tf.clone),
    ofWhole('onesLike', tf.onesLike),
  ],
  ofWhole('zerosLike', tf.zerosLike),
  {
    // With the batch axis there are more axes than tfjs's wasm kernels broadcast.
    name: 'mul of rank 6',
    gradient: notOnWasm,
    why: 'with more than 6 axes, here of the loop, the wasm backend adds wrongly',
    draw: fc.constant({
      args: [float([2, 1, 1, 2, 1, 2]), float([1, 3, 1, 2, 2])],
      f: (x, y) => tf.mul(x!, y!),
    }),
  },
  { name: 'logicalAnd', gradient: none, draw: flags(tf.logicalAnd) },
  { name: 'logicalOr', gradient: none, draw: flags(tf.logicalOr) },
  { name: 'logicalXor', gradient: none, draw: flags(tf.logicalXor) },
  {
    name: 'logicalNot',
    gradient: none,
    draw: pickShape(0, 3).map((shape) => ({ args: [bool(shape)], f: (x) => tf.logicalNot(x!) })),
  },
  {
    name: 'bitwiseAnd',
    gradient: none,
    only: ['cpu'],
    draw: pickShape(0, 3).map((shape) => ({
      args: [int(shape, 0, 100), int(shape, 0, 100)],
      f: (a, b) => tf.bitwiseAnd(a!, b!),
    })),
  },
  {
    name: 'where',
    gradient: everywhere,
    draw: broadcastable(3).map(([condition, a, b]) => ({
      args: [bool(condition!), float(a!), float(b!)],
      f: (c, x, y) => tf.where(c!, x!, y!),
    })),
  },
  {
    name: 'prelu',
    gradient: everywhere,
    draw: pickShape(1, 3).map((shape) => ({
      args: [float(shape), float(shape.slice(-1))],
      f: (x, alpha) => tf.prelu(x!, alpha!),
    })),
  },
  {
    name: 'addN',
    gradient: everywhere,
    draw: pickShape(0, 3).map((shape) => ({
      args: [float(shape), float(shape), float(shape)],
      f: (...all) => tf.addN(all),
    })),
  },
  {
    name: 'addN of no numbers',
    gradient: everywhere,
    draw: fc.constant({ args: [float([2, 0]), float([2, 0])], f: (...all) => tf.addN(all) }),
  },
  {
    name: 'addN of rank 6',
    gradient: notOnWasm,
    draw: fc.constant({
      args: [float([2, 1, 1, 2, 1, 2]), float([2, 1, 1, 2, 1, 2])],
      f: (...all) => tf.addN(all),
    }),
  },
  {
    name: 'oneHot',
    gradient: none,
    draw: fc.tuple(pickShape(0, 2), fc.integer({ min: 2, max: 4 })).map(([shape, depth]) => ({
      args: [int(shape, 0, depth)],
      f: (x) => tf.oneHot(x as tf.Tensor1D, depth, 2, -1),
    })),
  },
];
