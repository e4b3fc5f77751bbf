#!/usr/bin/env bash
# tf.sign on TensorFlow.js's wasm backend is 0 for numbers nearer to 0 than 1e-7.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: numbers below 1e-7 count as 0. cpu gives 1 for all positive ones.
# Seen:      2026-12-01
#   cpu: sign of 1e-6, 1e-8, -1e-8, 0: 1 1 -1 0
#   wasm: sign of 1e-6, 1e-8, -1e-8, 0: 1 0 0 0
# Why it matters: optimizers that step by the sign of a gradient, such as Lion or Rprop, stand still where gradients are small,
# which is where they are wanted for; a subgradient of abs by sign vanishes.
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
    console.log(`${backend}: sign of 1e-6, 1e-8, -1e-8, 0: ${numbers(tf.sign(tf.tensor1d([1e-6, 1e-8, -1e-8, 0])))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: sign of 1e-6, 1e-8, -1e-8, 0: 1 1 -1 0
wasm: sign of 1e-6, 1e-8, -1e-8, 0: 1 0 0 0
EXPECTED
