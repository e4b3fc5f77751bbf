#!/usr/bin/env bash
# tf.log1p on TensorFlow.js's wasm backend is log(1 + x), so it loses what log1p is called for.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: log1p(1e-6) is 4.6 % off on wasm and log1p(1e-8) is 0; cpu is right, and so is expm1 on both.
# Seen:      2026-11-29
#   cpu: log1p 9.9999954e-7 9.9999999e-9 | expm1 0.0000010000005 9.9999999e-9
#   wasm: log1p 9.5367386e-7 0 | expm1 0.0000010000005 9.9999999e-9
# Why it matters: log(1 - p) of small probabilities, softplus and log-odds written with log1p to be exact near 0 have
# no correct digit on the backend that most programs in Node and in browsers without a GPU run on. With the gradient
# 1 / (1 + x), which is exact, a loss and its gradient disagree.
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
const show = (x) => Array.from(x.dataSync(), (v) => String(Number(v.toPrecision(8)))).join(' ');
(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const x = tf.tensor1d([1e-6, 1e-8]);
    console.log(`${backend}: log1p ${show(tf.log1p(x))} | expm1 ${show(tf.expm1(x))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: log1p 9.9999954e-7 9.9999999e-9 | expm1 0.0000010000005 9.9999999e-9
wasm: log1p 9.5367386e-7 0 | expm1 0.0000010000005 9.9999999e-9
EXPECTED
