#!/usr/bin/env bash
# tf.pool with dilations and padding 'same' takes the padding for zeros, which win over negative numbers and lower means.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: the maximum of windows of two numbers, two apart, of -1 -2 -3 is -2 -1 -2. tf.pool moves the numbers into batches with
#            zeros around them and pools those. Without dilations padding does not count, as in tf.maxPool.
# Seen:      2026-12-01
#   max of -1 -2 -3: dilation 2: 0 -1 0 | dilation 1: -1 -2 -3
#   mean of 1 1 1: dilation 2: 0.5 1 0.5 | dilation 1: 1 1 1
# Why it matters: dilated pooling of activations without a rectifier, or of log densities, puts zeros along every edge.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const numbers = (x) => Array.from(x.dataSync()).join(' ');
const pooled = (values, kind, dilation) => numbers(tf.pool(tf.tensor4d(values, [1, 1, 3, 1]), [1, 2], kind, 'same', [1, dilation]));
for (const [name, kind, values] of [['max of -1 -2 -3', 'max', [-1, -2, -3]], ['mean of 1 1 1', 'avg', [1, 1, 1]]])
  console.log(`${name}: dilation 2: ${pooled(values, kind, 2)} | dilation 1: ${pooled(values, kind, 1)}`);
JS
node probe.cjs 2>/dev/null | grep dilation | tee seen.txt
diff - seen.txt <<'EXPECTED'
max of -1 -2 -3: dilation 2: 0 -1 0 | dilation 1: -1 -2 -3
mean of 1 1 1: dilation 2: 0.5 1 0.5 | dilation 1: 1 1 1
EXPECTED
