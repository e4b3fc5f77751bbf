#!/usr/bin/env bash
# tf.matMul of two batches that are both broadcast multiplies the wrong matrices, and leaves some out of the result.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: [2, 1] matrices by [3] matrices are [2, 3] products. cpu and wasm compute three, each of the next matrix of either
#            batch, in a tensor of the shape [2, 3, 1, 1]; webgpu throws a message about sizes. A batch and a single matrix
#            are right, and so are add and mul of the same shapes.
# Seen:      2026-12-01
#   cpu: matMul [2,3,1,1] 1 4 3 | mul [2,3,1,1] 1 2 3 2 4 6
#   wasm: matMul [2,3,1,1] 1 4 3 | mul [2,3,1,1] 1 2 3 2 4 6
# Why it matters: heads by samples, or samples by members, broadcast in this way in attention and ensembles. The shape is right,
# and what follows reads numbers that are not there.
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
    const [two, three] = [tf.tensor4d([1, 2], [2, 1, 1, 1]), tf.tensor3d([1, 2, 3], [3, 1, 1])];
    const [product, times] = [tf.matMul(two, three), tf.mul(two, three)];
    console.log(`${backend}: matMul [${product.shape}] ${numbers(product)} | mul [${times.shape}] ${numbers(times)}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: matMul [2,3,1,1] 1 4 3 | mul [2,3,1,1] 1 2 3 2 4 6
wasm: matMul [2,3,1,1] 1 4 3 | mul [2,3,1,1] 1 2 3 2 4 6
EXPECTED
