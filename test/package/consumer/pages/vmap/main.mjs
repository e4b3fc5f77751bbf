import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { vmap } from 'tfjs-bayesian/vmap';

setWasmPaths({
  'tfjs-backend-wasm.wasm': simd,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simd,
});
await tf.setBackend('wasm');
const sums = vmap((x) => tf.sum(tf.square(x)))(tf.ones([3, 4]));
document.body.dataset.numbers = String(await sums.data());
