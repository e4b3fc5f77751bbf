import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': simd,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

/** The ways to start the backend, by what the page's address says. */
const ways = {
  useBackend: async () => {
    const library = await import('tfjs-bayesian');
    const started = await library.useBackend('wasm', { wasmPaths, threads: 2 })();
    if (started._tag === 'Left') throw new Error(started.left.message);
    const { threads, fewerThreads } = started.right;
    return { ...library, threads, fewerThreads };
  },
  setBackend: async () => {
    const library = await import('tfjs-bayesian');
    setWasmPaths(wasmPaths);
    await tf.setBackend('wasm');
    return library;
  },
  before: async () => {
    setWasmPaths(wasmPaths);
    await tf.setBackend('wasm');
    const library = await import('tfjs-bayesian');
    // The kernels come with a backend: one that runs already is started again.
    await library.startBackend('wasm');
    return library;
  },
};

/** A step of training and a prediction. TensorFlow.js alone has no gradients for them on wasm. */
const train = (library) => {
  const { bayesian, categorical, conv2d, elbo, embedding, flatten, linear, maxPool2d, sequential } = library;
  const { adam, predict, random, trainStep, vmapSamples, withLogProbs } = library;
  const likelihood = categorical();
  const images = (x) => tf.reshape(x, [8, 6, 6, 2]);
  const model = pipe(
    sequential(embedding(5, 2), images, conv2d(2, 4, 3), tf.relu, maxPool2d(2), flatten(), linear(16, 3)),
    bayesian(),
  );
  const loss = pipe(model, withLogProbs, vmapSamples({ samples: 3 }), elbo({ likelihood, datasetSize: 8 }));
  const { init, update } = trainStep(loss, adam({ learningRate: 1e-3 }));
  const words = Array.from({ length: 8 * 36 }, (_, i) => (i * i) % 5);
  const inputs = tf.tensor2d(words, [8, 36], 'int32');
  const targets = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32');
  const state = init(model.init(random.key(0)), random.key(1));
  const { state: next, parts } = update(state, { inputs, targets });
  const { mean } = predict(model, { likelihood, samples: 3 })(next.params, random.key(2), inputs);
  return { loss: parts.loss.dataSync()[0], probabilities: [...mean.dataSync()].slice(0, 3) };
};

/** All bits of a product that is large enough for threads, in one number. */
const multiply = ({ random }) => {
  const [a, b] = [1, 2].map((seed) => random.normal(random.key(seed), [300, 300]));
  return new Int32Array(tf.matMul(a, b).dataSync().slice().buffer).reduce(
    (sum, bits) => (31 * sum + bits) | 0,
    7,
  );
};

const result = async () => {
  const library = await ways[new URLSearchParams(location.search).get('way')]();
  const { wasm } = tf.backend();
  return {
    isolated: crossOriginIsolated,
    shared: wasm.HEAPU8.buffer instanceof SharedArrayBuffer,
    threads: library.threads ?? 1,
    fewerThreads: library.fewerThreads ?? '',
    product: multiply(library),
    ...train(library),
  };
};

globalThis.result = result().catch((error) => ({ error: `${error?.stack ?? JSON.stringify(error)}` }));
