#!/usr/bin/env bash
# On TensorFlow.js's wasm backend relu keeps a NaN that is written down, and turns one that was computed into 0.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2, x86-64
# Behaviour: NaN has a sign bit. The one of JavaScript (7fc00000 in float32) has it clear; the one that a processor of
#            x86-64 computes from Infinity - Infinity or 0 / 0 (ffc00000) has it set. relu on wasm keeps the larger of
#            the number and 0 as integers, in which the second is below 0.
# Seen:      2026-11-30
#   cpu:  7fc00000 NaN | ffc00000 NaN
#   wasm: 7fc00000 NaN | ffc00000 0
#   and relu(Infinity - Infinity) on wasm, on this processor: 0
# Why it matters: a test of the rectifier with NaN passes, and a network that diverges goes on with zeros in its hidden
# layers: its loss is a number again. Also relu of the product of Infinity and a column with both signs is 0, not NaN.
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
const ofBits = (bits) => tf.tensor1d(new Float32Array(Uint32Array.of(bits).buffer));
(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const seen = [0x7fc00000, 0xffc00000].map((bits) => `${bits.toString(16)} ${tf.relu(ofBits(bits)).dataSync()[0]}`);
    console.log(`${backend}: ${seen.join(' | ')}`);
  }
  const infinity = tf.tensor1d([Infinity]);
  console.log(`on this processor, wasm: relu(Infinity - Infinity) ${tf.relu(tf.sub(infinity, infinity)).dataSync()[0]}`);
})();
JS
node probe.cjs 2>/dev/null | grep -E 'wasm:|cpu:' | tee seen.txt
grep -v processor seen.txt | diff - <(cat <<'EXPECTED'
cpu: 7fc00000 NaN | ffc00000 NaN
wasm: 7fc00000 NaN | ffc00000 0
EXPECTED
)
