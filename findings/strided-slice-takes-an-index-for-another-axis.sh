#!/usr/bin/env bash
# tf.stridedSlice that picks a single index along one axis and every second one along another returns the wrong column.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: x[::2, 1] of [[1, 2], [3, 4], [5, 6]] is 2 6. TensorFlow.js drops the axis of the index before it applies begins and
#            strides, and takes column 0 of the rows 0 and 1. With a stride of 1, x[:, 1], it is right.
# Seen:      2026-12-01
#   cpu: x[::2, 1] 1 3 | x[:, 1] 2 4 6
#   wasm: x[::2, 1] 1 3 | x[:, 1] 2 4 6
# Why it matters: every second row of the last column is how one takes a target, or thins a series. The shape is that of
# the right result.
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
    const x = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
    // The second axis is shrunk: bit 1 of the last mask.
    const column = (stride) => numbers(tf.stridedSlice(x, [0, 1], [3, 2], [stride, 1], 0, 0, 0, 0, 2));
    console.log(`${backend}: x[::2, 1] ${column(2)} | x[:, 1] ${column(1)}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: x[::2, 1] 1 3 | x[:, 1] 2 4 6
wasm: x[::2, 1] 1 3 | x[:, 1] 2 4 6
EXPECTED
