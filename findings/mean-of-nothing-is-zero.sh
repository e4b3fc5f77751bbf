#!/usr/bin/env bash
# tf.mean of a tensor without numbers is 0 on TensorFlow.js's cpu backend, while its maximum is NaN.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: mean(zeros([0])) is 0, and so is that of an empty row of a matrix; the sum divided by the number of elements is NaN.
#            moments gives 0 for mean and variance. On wasm the value is what was in memory; webgpu throws.
# Seen:      2026-12-01
#   mean 0 | sum / size NaN | max NaN | variance 0 | mean of rows [2, 0]: 0 0
# Why it matters: NumPy, PyTorch and JAX give NaN. A loss over a mask that selects nothing, or an empty last batch, counts as
# a perfect one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const none = tf.zeros([0]);
const read = (x) => Array.from(x.dataSync()).join(' ');
console.log([
  `mean ${read(tf.mean(none))}`,
  `sum / size ${read(tf.div(tf.sum(none), none.size))}`,
  `max ${read(tf.max(none))}`,
  `variance ${read(tf.moments(none).variance)}`,
  `mean of rows [2, 0]: ${read(tf.mean(tf.zeros([2, 0]), 1))}`,
].join(' | '));
JS
node probe.cjs 2>/dev/null | grep mean | tee seen.txt
diff - seen.txt <<'EXPECTED'
mean 0 | sum / size NaN | max NaN | variance 0 | mean of rows [2, 0]: 0 0
EXPECTED
