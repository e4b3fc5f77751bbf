#!/usr/bin/env bash
# tf.gather with batchDims on TensorFlow.js's wasm backend takes the indices of another row.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: gather(x, indices, 1, 1) picks from each row of x by the same row of indices. wasm advances by the length of a row of
#            x where it should by that of a row of indices. With as many indices as items, such as in a sort, it is right; with
#            more items than indices it reads beyond the indices (not run here).
# Seen:      2026-12-01
#   cpu: 2 items, 3 indices: 1 2 2 4 3 3 | 2 items, 2 indices: 2 1 3 4
#   wasm: 2 items, 3 indices: 1 2 2 4 4 3 | 2 items, 2 indices: 2 1 3 4
# Why it matters: picking by each row's own index is how one takes the score of a label, a beam or a neighbour. The first row
# is right, and a test of one row passes.
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
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    const three = tf.gather(x, tf.tensor2d([[0, 1, 1], [1, 0, 0]], [2, 3], 'int32'), 1, 1);
    const two = tf.gather(x, tf.tensor2d([[1, 0], [0, 1]], [2, 2], 'int32'), 1, 1);
    console.log(`${backend}: 2 items, 3 indices: ${numbers(three)} | 2 items, 2 indices: ${numbers(two)}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: 2 items, 3 indices: 1 2 2 4 3 3 | 2 items, 2 indices: 2 1 3 4
wasm: 2 items, 3 indices: 1 2 2 4 4 3 | 2 items, 2 indices: 2 1 3 4
EXPECTED
