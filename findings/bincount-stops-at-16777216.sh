#!/usr/bin/env bash
# tf.bincount counts no further than 16,777,216.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: counts are float32, to which 1 is added at a time: at 2^24 the sum stays where it is. The input is int32, and the sum
#            of as many int32 ones is right.
# Seen:      2026-12-01
#   cpu: 20000000 zeros: bincount float32 16777216 | sum of ones int32 20000000
#   wasm: 20000000 zeros: bincount float32 16777216 | sum of ones int32 20000000
# Why it matters: a count of the pixels or tokens of a data set passes 2^24 soon. The most frequent classes come out equally
# frequent, and class weights made from them are wrong.
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
    const counted = tf.bincount(tf.zeros([2e7], 'int32'), tf.tensor1d([]), 1);
    console.log(`${backend}: 20000000 zeros: bincount ${show(counted)} | sum of ones ${show(tf.sum(tf.ones([2e7], 'int32')))}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: 20000000 zeros: bincount float32 16777216 | sum of ones int32 20000000
wasm: 20000000 zeros: bincount float32 16777216 | sum of ones int32 20000000
EXPECTED
