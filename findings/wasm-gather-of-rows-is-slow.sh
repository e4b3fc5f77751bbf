#!/usr/bin/env bash
# tf.gather of rows on TensorFlow.js's wasm backend takes 20 to 30 ns for each number, many times as long as copying them.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2, x86-64
# Behaviour: the kernel computes the place of every number by itself, whatever the length of a row. The first 10,000 of 20,000
#            rows of 784 numbers took 167 ms by gather and 26 by slice, on a busy machine. Shown is whether it is three times as long.
# Seen:      2026-12-01
#   wasm: gather of all rows in order, against slice: 3 times as long: yes
# Why it matters: batches of a data set are drawn with gather, and so are embeddings: a millisecond for 64 digits of
# MNIST, in each step of training; to shuffle 60,000 takes more than a second.
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
  await tf.setBackend('wasm');
  const x = tf.ones([20000, 784]);
  const all = tf.range(0, 10000, 1, 'int32');
  const time = (f) => {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      f().dispose();
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  };
  const [gathered, sliced] = [time(() => tf.gather(x, all)), time(() => tf.slice(x, [0, 0], [10000, 784]))];
  const batch = tf.range(0, 64, 1, "int32");
  console.error(`64 rows: ${time(() => tf.gather(x, batch))} ms`);
  console.error(`${gathered} ms, ${sliced} ms`);
  console.log(`wasm: gather of all rows in order, against slice: 3 times as long: ${gathered > 3 * sliced ? 'yes' : 'no'}`);
})();
JS
node probe.cjs | grep -E '^wasm:' | tee seen.txt
diff - seen.txt <<'EXPECTED'
wasm: gather of all rows in order, against slice: 3 times as long: yes
EXPECTED
