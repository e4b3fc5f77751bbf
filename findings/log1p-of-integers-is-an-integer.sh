#!/usr/bin/env bash
# tf.log1p, softplus, expm1 and their like of an int32 tensor are cut to integers on TensorFlow.js's cpu backend.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: log1p([0, 1, 2, 20]) of int32 has dtype int32 and gives 0 0 1 3; exp of the same tensor is float32, and log,
#            sqrt and sigmoid refuse it with an error that asks for float32. (wasm returns memory that nobody wrote for log1p.)
# Seen:      2026-11-29
#   log1p int32 0 0 1 3
#   softplus int32 0 1 2 20
#   expm1 int32 0 1 6 485165194
#   exp float32 1 2.7182817 7.3890562 485165184
#   log refuses
# Why it matters: log1p is what one calls on counts, which are integers. Which of the functions refuse, convert or cut
# cannot be guessed, and the cut ones feed wrong features and losses into a model without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
(async () => {
  await tf.setBackend('cpu');
  const counts = tf.tensor1d([0, 1, 2, 20], 'int32');
  for (const name of ['log1p', 'softplus', 'expm1', 'exp', 'log']) {
    try {
      const y = tf[name](counts);
      console.log(`> ${name} ${y.dtype} ${Array.from(y.dataSync(), (v) => Number(v.toPrecision(9)).toString().slice(0, 9)).join(' ')}`);
    } catch {
      console.log(`> ${name} refuses`);
    }
  }
})();
JS
node probe.cjs 2>/dev/null | sed -n 's/^> //p' | tee seen.txt
diff - seen.txt <<'EXPECTED'
log1p int32 0 0 1 3
softplus int32 0 1 2 20
expm1 int32 0 1 6 485165194
exp float32 1 2.7182817 7.3890562 485165184
log refuses
EXPECTED
