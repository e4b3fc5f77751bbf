#!/usr/bin/env bash
# tf.tensorScatterUpdate on TensorFlow.js's cpu backend changes the tensor that it is given; wasm leaves it alone.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: after y = tensorScatterUpdate(t, [[1]], [9]), t is [1, 9, 3] on cpu, where it was [1, 2, 3]. So are its clones
#            and reshapes made before, and the array that it was made of, which share its memory.
# Seen:      2026-11-29
#   cpu: input 1 9 3 | its clone 1 9 3 | result 1 9 3
#   wasm: input 1 2 3 | its clone 1 2 3 | result 1 9 3
# Why it matters: tensors are immutable everywhere else. A key-value cache, a replay buffer or parameters updated this
# way lose the old state, which a gradient saved or a resumed run still needs, on the one backend that tests run on.
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
    const input = tf.tensor1d([1, 2, 3]);
    const clone = tf.clone(input);
    const result = tf.tensorScatterUpdate(input, tf.tensor2d([[1]], [1, 1], 'int32'), tf.tensor1d([9]));
    console.log(`${backend}: input ${show(input)} | its clone ${show(clone)} | result ${show(result)}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: input 1 9 3 | its clone 1 9 3 | result 1 9 3
wasm: input 1 2 3 | its clone 1 2 3 | result 1 9 3
EXPECTED
