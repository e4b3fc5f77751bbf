#!/usr/bin/env bash
# tf.concat of an int32 and a float32 tensor cuts the floats to integers, on every backend; tf.stack of the same two throws.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: the result has the dtype of the first tensor, whatever the others have. In the other order it is float32, and
#            nothing is lost. einsum on cpu is alike: the dtype of its result is that of the last tensor.
# Seen:      2026-12-01
#   cpu: concat int32 1 0 | the other way float32 0.5 1 | stack throws | einsum of 0.5 and 3 int32 1
#   wasm: concat int32 1 0 | the other way float32 0.5 1 | stack throws
# Why it matters: NumPy, PyTorch and JAX make floats of both. A table whose first column is an identifier or a count loses
# the decimals of all the others, without an error, and trains.
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
    const [one, half] = [tf.tensor1d([1], 'int32'), tf.tensor1d([0.5])];
    let stack = 'is made';
    try {
      tf.stack([one, half]);
    } catch {
      stack = 'throws';
    }
    // wasm has no kernel for einsum.
    const product = backend === 'cpu' ? ` | einsum of 0.5 and 3 ${show(tf.einsum('i,i->', half, tf.tensor1d([3], 'int32')))}` : '';
    console.log(`${backend}: concat ${show(tf.concat([one, half]))} | the other way ${show(tf.concat([half, one]))} | stack ${stack}${product}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: concat int32 1 0 | the other way float32 0.5 1 | stack throws | einsum of 0.5 and 3 int32 1
wasm: concat int32 1 0 | the other way float32 0.5 1 | stack throws
EXPECTED
