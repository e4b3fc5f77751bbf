import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';

setWasmPaths({
  'tfjs-backend-wasm.wasm': simd,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simd,
});
await tf.setBackend('wasm');
const x = tf.reshape(tf.linspace(-1, 1, 40), [40, 1]);
const y = tf.sin(tf.mul(4, x));
const loss = tf.mean(tf.square(tf.sub(tf.matMul(x, tf.ones([1, 1])), y)));
document.body.dataset.numbers = String(await loss.data());
