import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels-report.mjs';

const backend = () => import('@tensorflow/tfjs-backend-wasm');
const library = () => import('tfjs-bayesian');

/** The library and the wasm backend, imported and set in some order. */
const orders = {
  'backend, library, set': async () => {
    await backend();
    const loaded = await library();
    await tf.setBackend('wasm');
    return loaded;
  },
  'library, backend, set': async () => {
    const loaded = await library();
    await backend();
    await tf.setBackend('wasm');
    return loaded;
  },
  'backend, set, library': async () => {
    await backend();
    await tf.setBackend('wasm');
    return library();
  },
  'library, backend, ready': async () => {
    const loaded = await library();
    await backend();
    await tf.ready();
    return loaded;
  },
};

kernels(tf, await orders[process.argv[2]]());
