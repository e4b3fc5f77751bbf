import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from 'tfjs-bayesian/backend';

// The backend that is asked for, none of whose packages this program imports; then wasm, and a number from it.
const { left, right } = await useBackend(globalThis.process?.argv[2] ?? 'auto')();
const wasm = await useBackend('wasm')();
const then = [wasm._tag, tf.getBackend(), tf.square(3).dataSync()[0]];
console.log(JSON.stringify({ asked: left ?? { name: right.name }, then }));
