import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  pipe,
  predict,
  random,
  sequential,
  startBackend,
  trainStep,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': simd,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simd,
};

// The regression of the README, without its figure.
await startBackend('wasm', { wasmPaths });
const x = tf.reshape(tf.linspace(-1, 1, 40), [40, 1]);
const noise = tf.mul(0.1, random.normal(random.key(0), [40, 1]));
const y = tf.add(tf.sin(tf.mul(4, x)), noise);

const model = bayesian()(sequential(linear(1, 50), tf.relu, linear(50, 50), tf.relu, linear(50, 1)));
const likelihood = gaussian({ std: 0.1 });
const loss = pipe(model, withDivergence, vmapSamples({ samples: 8 }), elbo({ likelihood, datasetSize: 40 }));
const { params } = await fit(trainStep(loss, adam({ learningRate: 0.01 })), {
  init: model.init,
  key: random.key(1),
  epochs: 10,
  progress: false,
  batches: batches({ inputs: x, targets: y }, { size: 40 }),
});

const grid = tf.reshape(tf.linspace(-2, 2, 100), [100, 1]);
const predicted = predict(model, { likelihood })(params, random.key(2), grid);
document.body.dataset.numbers = String(await predicted.mean.data());
