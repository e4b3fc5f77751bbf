// Two copies of tfjs-core and two of this library in one program: what each does with the other's.
import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import 'tfjs-bayesian/backend';
import * as esm from 'tfjs-bayesian/vmap';

const require = createRequire(import.meta.url);
delete require.cache[require.resolve('@tensorflow/tfjs-core')];
const tf2 = require('@tensorflow/tfjs-core');
const cjs = require('tfjs-bayesian/vmap');

const x = tf.tensor2d([
  [1, 2],
  [3, 4],
]);
const y = tf2.tensor1d([1, 10]);
const numbers = (tensor) => [...tensor.dataSync()].map((value) => Math.round(value * 1e4) / 1e4);
const errorMessage = (f) => {
  try {
    f();
    return 'nothing was thrown';
  } catch (error) {
    return error.message.split(',')[0];
  }
};
const weighted = (core) => (a) => core.sum(core.mul(core.square(a), y));
const weight = tf2.variable(tf2.scalar(1));
const { random } = Math;
const { runKernel } = tf.engine();

console.log(
  JSON.stringify({
    twoCores: tf2 !== tf && tf2.Tensor !== tf.Tensor,
    twoLibraries: cjs.vmap !== esm.vmap,
    values: [esm, cjs].flatMap(({ vmap }) => [tf, tf2].map((core) => numbers(vmap(weighted(core))(x)))),
    nested: numbers(esm.vmap((a) => cjs.vmap((b) => tf.add(tf2.mul(a, b), a), { inAxes: 0 })(y))(x)),
    perSample: numbers(cjs.vmap((a) => tf.grad((b) => tf2.sum(tf2.logSoftmax(tf.mul(a, b))))(y))(x)),
    through: numbers(tf2.grad((a) => tf.sum(esm.vmap(weighted(tf2))(a)))(x)),
    random: [tf, tf2].map((core) => errorMessage(() => esm.vmap(() => core.randomNormal([2]))(x))),
    assigned: errorMessage(() => cjs.vmap((a) => weight.assign(tf.sum(a)))(x)),
    restored:
      Math.random === random && tf.engine().runKernel === runKernel && tf2.engine().runKernel === runKernel,
  }),
);
