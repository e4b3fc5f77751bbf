const tf = require('@tensorflow/tfjs-core');

const backend = () => require('@tensorflow/tfjs-backend-wasm');
const library = () => require('tfjs-bayesian');

/** The library and the wasm backend, required and set in some order. */
const orders = {
  'backend, library, set': async () => {
    backend();
    const loaded = library();
    await tf.setBackend('wasm');
    return loaded;
  },
  'library, backend, set': async () => {
    const loaded = library();
    backend();
    await tf.setBackend('wasm');
    return loaded;
  },
  'backend, set, library': async () => {
    backend();
    await tf.setBackend('wasm');
    return library();
  },
  'library, backend, ready': async () => {
    const loaded = library();
    backend();
    await tf.ready();
    return loaded;
  },
};

Promise.all([import('./kernels-report.mjs'), orders[process.argv[2]]()]).then(([{ kernels }, loaded]) =>
  kernels(tf, loaded),
);
