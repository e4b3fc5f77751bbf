import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { random, useBackend } from 'tfjs-bayesian';
import { inline, queue } from 'tfjs-bayesian/parallel';
import { scaled } from './jobs.mjs';

// Bits on this thread and through a queue, or why there are none; and the same of the CommonJS build.
const [, , connection, name] = process.argv;
await useBackend('wasm')();
const inputs = [1, 2, 3].map((rows) => ({ x: tf.ones([rows, 2]) }));
const bits = async (runner) => {
  const all = [];
  try {
    for await (const { right } of runner.map(scaled, inputs, { key: random.key(0) }))
      all.push(...new Int32Array(right.value.product.dataSync().slice().buffer));
    return all;
  } catch ({ message }) {
    return message;
  } finally {
    await runner.close();
  }
};
const { parallel } = createRequire(import.meta.url)('tfjs-bayesian');
const runners = [inline(), queue({ connection, name }), parallel.queue({ connection, name })];
const results = [];
for (const runner of runners) results.push(await bits(runner));
console.log(JSON.stringify(results));
