import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

// A program that fails once wasm has started: by whom it is started and how it fails are its arguments.
const [way, how] = process.argv.slice(2);
if (way === 'before') await tf.setBackend('wasm');
const { useBackend } = await import('tfjs-bayesian/backend');
if (way === 'useBackend') await useBackend('wasm')();
if (way === 'setBackend') await tf.setBackend('wasm');

const failHere = () => {
  throw new Error('the error of this program');
};
if (how === 'rejected') void Promise.resolve().then(failHere);
else setTimeout(failHere);
