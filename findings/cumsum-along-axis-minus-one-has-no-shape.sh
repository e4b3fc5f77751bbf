#!/usr/bin/env bash
# tf.cumsum and tf.cumprod along axis -1 give a tensor without a shape on TensorFlow.js's cpu backend.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: the axis -1 of a [2, 3] matrix is not recognised as its last one: the result has the shape [undefined, 2] and no
#            numbers. sum, max, softmax, concat, reverse and argMax of the same matrix take -1. On wasm the kernel leaves its
#            memory (not run here); webgpu throws "no overload matched".
# Seen:      2026-12-01
#   cumsum: axis 1 [2,3] 1 3 6 4 9 15 | axis -1 [undefined,2] nothing
#   cumprod: axis 1 [2,3] 1 2 6 4 20 120 | axis -1 [undefined,2] nothing
#   sum: axis 1 [2] 6 15 | axis -1 [2] 6 15
# Why it matters: nothing throws here. What follows sees an empty tensor, whose mean is 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const x = tf.tensor2d([[1, 2, 3], [4, 5, 6]]);
const show = (y) => `[${y.shape.map(String)}] ${Array.from(y.dataSync()).join(' ') || 'nothing'}`;
for (const name of ['cumsum', 'cumprod', 'sum'])
  console.log(`${name}: axis 1 ${show(tf[name](x, 1))} | axis -1 ${show(tf[name](x, -1))}`);
JS
node probe.cjs 2>/dev/null | grep axis | tee seen.txt
diff - seen.txt <<'EXPECTED'
cumsum: axis 1 [2,3] 1 3 6 4 9 15 | axis -1 [undefined,2] nothing
cumprod: axis 1 [2,3] 1 2 6 4 20 120 | axis -1 [undefined,2] nothing
sum: axis 1 [2] 6 15 | axis -1 [2] 6 15
EXPECTED
