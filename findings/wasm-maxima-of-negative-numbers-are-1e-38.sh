#!/usr/bin/env bash
# On TensorFlow.js's wasm backend tf.maxPoolWithArgmax and tf.dilation2d of negative numbers are 1.2e-38.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: their maxima start at the smallest positive float32 where the lowest number is due, and stay there; the index is 0.
#            maxPool of the same numbers is right.
# Seen:      2026-12-01
#   cpu: maxPoolWithArgmax -2 at 1 | dilation2d -2 | maxPool -2
#   wasm: maxPoolWithArgmax 1.1754943508222875e-38 at 0 | dilation2d 1.1754943508222875e-38 | maxPool -2
# Why it matters: after a rectifier nothing shows. On logits, log densities or standardized images whole regions become 0, and
# unpooling by the indices puts them all in one place.
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
    const x = tf.tensor4d([-3, -2], [1, 1, 2, 1]);
    const { result, indexes } = tf.maxPoolWithArgmax(x, [1, 2], 1, 'valid');
    const dilated = tf.dilation2d(x, tf.zeros([1, 2, 1]), 1, 'valid');
    console.log(`${backend}: maxPoolWithArgmax ${numbers(result)} at ${numbers(indexes)} | dilation2d ${numbers(dilated)} | maxPool ${numbers(tf.maxPool(x, [1, 2], 1, 'valid'))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: maxPoolWithArgmax -2 at 1 | dilation2d -2 | maxPool -2
wasm: maxPoolWithArgmax 1.1754943508222875e-38 at 0 | dilation2d 1.1754943508222875e-38 | maxPool -2
EXPECTED
