#!/usr/bin/env bash
# On TensorFlow.js's wasm backend tf.where of two dtypes reads the second tensor as if it had the dtype of the first.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: where(mask, labels, -1) with int32 labels is what one writes to mark rows that do not count; -1 becomes a
#            float32 scalar. cpu makes a float32 tensor of both. wasm makes an int32 tensor, with the bits of -1.0 in it;
#            with the tensors the other way round the integers become numbers near 0.
# Seen:      2026-12-01
#   cpu:  labels float32 3 -1 5 | zeros float32 -1 7 -1
#   wasm: labels int32 3 -1082130432 5 | zeros float32 -1 9.80908925027372e-45 -1
# Why it matters: nothing throws, and only the masked rows are wrong. A mask of labels or tokens works on cpu and webgpu,
# and makes classes of a billion, or of 0, on wasm.
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
(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const mask = tf.tensor1d([true, false, true]);
    const labels = tf.tensor1d([3, 7, 5], 'int32');
    console.log(`${backend}: labels ${show(tf.where(mask, labels, -1))} | zeros ${show(tf.where(mask, -1, labels))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: labels float32 3 -1 5 | zeros float32 -1 7 -1
wasm: labels int32 3 -1082130432 5 | zeros float32 -1 9.80908925027372e-45 -1
EXPECTED
