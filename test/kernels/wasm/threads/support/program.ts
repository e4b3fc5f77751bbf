// A program on two threads, which ends in one of several ways.

import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '../../../../../src/backend/index.ts';

const [way] = process.argv.slice(2);
const { threads, fewerThreads } = await startBackend('wasm', { threads: 2 });
const [a, b] = [tf.ones([300, 300]), tf.ones([300, 300])];
const multiply = (): number => tf.tidy(() => tf.matMul(a, b).dataSync()[0]!);
multiply();
console.log(threads, fewerThreads ?? '', multiply());

if (way === 'exit') {
  setTimeout(() => process.exit(3), 20);
  setInterval(multiply, 0);
}
if (way === 'exit at once') {
  multiply();
  process.exit(4);
}
if (way === 'interrupt') for (;;) multiply();
