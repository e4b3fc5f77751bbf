#!/usr/bin/env bash
# On TensorFlow.js's wasm backend some elementwise operations turn NaN into an ordinary number.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: relu6(NaN) is 0, maximum(1, NaN) and minimum(1, NaN) are 1 while maximum(NaN, 1) is NaN, and
#            cast([0.5, NaN], 'bool') is false, false. cpu keeps NaN and calls both true.
# Seen:      2026-11-29
#   cpu:  relu6 NaN | maximum NaN NaN | minimum NaN NaN | cast 1 1
#   wasm: relu6 0 | maximum NaN 1 | minimum NaN 1 | cast 0 0
# Why it matters: a training run that diverged is recognised by its NaN. A network that ends in relu6, or a loss that
# is clamped by maximum, reports a healthy number on wasm, and which operand is NaN decides.
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
const show = (x) => Array.from(x.dataSync()).join(' ');
(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const [a, b] = [tf.tensor1d([NaN, 1]), tf.tensor1d([1, NaN])];
    console.log(`${backend}: relu6 ${show(tf.relu6(tf.tensor1d([NaN])))} | maximum ${show(tf.maximum(a, b))} | ` +
      `minimum ${show(tf.minimum(a, b))} | cast ${show(tf.cast(tf.tensor1d([0.5, NaN]), 'bool'))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: relu6 NaN | maximum NaN NaN | minimum NaN NaN | cast 1 1
wasm: relu6 0 | maximum NaN 1 | minimum NaN 1 | cast 0 0
EXPECTED
