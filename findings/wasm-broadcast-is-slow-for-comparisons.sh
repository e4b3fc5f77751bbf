#!/usr/bin/env bash
# On TensorFlow.js's wasm backend, broadcasting costs nothing for add, sub, mul, div and squaredDifference, and makes every other
# operation on two tensors (comparisons, maximum, minimum, pow, mod, floorDiv, atan2) some 10 to 40 times slower than the same
# operation on tensors of the same shape.
#
# Versions:  @tensorflow/tfjs-core and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: the five are XNNPACK's, which broadcasts; the others find the place of each element of both inputs anew when the
#            shapes differ, with a vector of indices on the heap for each.
# Seen:      2026-11-30, [650, 1] with [1, 650], best of 12 in milliseconds, on two busy cores
#   greater:  broadcast 58.80, same shape 2.05
#   maximum:  broadcast 61.57, same shape 1.97
#   sub:      broadcast 0.11, same shape 0.14
# Why it matters: a mask such as greater(column, row), or maximum(x, bias), takes longer than the matrix product beside it. With large
# tensors, broadcast first by a product with ones: mul(column, ones) takes 0.07 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > probe.mjs <<'JS'
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('wasm');
const n = 650;
const [column, row] = [tf.reshape(tf.linspace(0, 1, n), [n, 1]), tf.reshape(tf.linspace(0, 1, n), [1, n])];
const ones = tf.ones([n, n]);
const [columns, rows] = [tf.mul(column, ones), tf.mul(row, ones)];
const best = (f) =>
  Math.min(
    ...Array.from({ length: 12 }, () => {
      const start = performance.now();
      f().dispose();
      return performance.now() - start;
    }),
  );
const ratios = {};
for (const name of ['greater', 'maximum', 'sub']) {
  const [broadcast, same] = [best(() => tf[name](column, row)), best(() => tf[name](columns, rows))];
  console.log(`${name}: broadcast ${broadcast.toFixed(2)}, same shape ${same.toFixed(2)}`);
  ratios[name] = broadcast / same;
}
const changed = ratios.greater < 5 || ratios.maximum < 5 || ratios.sub > 5;
console.log(changed ? 'this has changed' : 'as before');
process.exit(changed ? 1 : 0);
JS
node probe.mjs
