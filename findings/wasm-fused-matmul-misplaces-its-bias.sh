#!/usr/bin/env bash
# tf.fused.matMul on TensorFlow.js's wasm backend adds its bias to the wrong numbers if the product is batched or transposed.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: in a batch only the first row of each product gets the bias of its own column; the other rows get the last one. With
#            transposeA the bias is added in the same way. A plain product of two matrices is right, and so is matMul with add.
# Seen:      2026-12-01
#   cpu: batched 3 4 3 4 3 4 3 4 | transposed 2 12 4 14 | plain 3 13 3 13
#   wasm: batched 3 4 4 4 3 4 4 4 | transposed 2 12 14 14 | plain 3 13 3 13
# Why it matters: a dense layer on sequences, written with it, is a batched product. The shape is right and the numbers are
# near; trained on one backend, it predicts something else on another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
const show = (x) => `${x.dtype} ${Array.from(x.dataSync()).join(' ')}`;
const numbers = (x) => Array.from(x.dataSync()).join(' ');
(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const [ones, matrix] = [tf.ones([2, 2, 2]), tf.tensor2d([[1, 2], [1, 2]])];
    const batched = tf.fused.matMul({ a: ones, b: ones, bias: tf.tensor1d([1, 2]) });
    const transposed = tf.fused.matMul({ a: matrix, b: tf.ones([2, 2]), transposeA: true, bias: tf.tensor1d([0, 10]) });
    const plain = tf.fused.matMul({ a: matrix, b: tf.ones([2, 2]), bias: tf.tensor1d([0, 10]) });
    console.log(`${backend}: batched ${numbers(batched)} | transposed ${numbers(transposed)} | plain ${numbers(plain)}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: batched 3 4 3 4 3 4 3 4 | transposed 2 12 4 14 | plain 3 13 3 13
wasm: batched 3 4 4 4 3 4 4 4 | transposed 2 12 14 14 | plain 3 13 3 13
EXPECTED
