#!/usr/bin/env bash
# tf.conv2d with a number as pad computes the width of its result from the height of the filter.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: both sides of the result follow from the first side of the filter. Of a [3, 3] image with pad 1 a filter of 2x1 makes
#            4x5 and one of 1x2 5x4, as with the same pads given for each side; TensorFlow.js makes 4x4 and 5x5. On cpu the column
#            that should not be there is 0; on wasm it is not written (not run here).
# Seen:      2026-12-01
#   filter 2x1: pad 1 [1,4,4,1] | pads for each side [1,4,5,1]
#   filter 1x2: pad 1 [1,5,5,1] | pads for each side [1,5,4,1]
#   filter 2x2: pad 1 [1,4,4,1] | pads for each side [1,4,4,1]
# Why it matters: convolutions along one axis, of series and spectrograms, are written in this way; PyTorch's padding=1 is right
# for them. A layer behind it gets weights of another size, or a column is missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const x = tf.ones([1, 3, 3, 1]);
for (const [rows, columns] of [[2, 1], [1, 2], [2, 2]]) {
  const filter = tf.ones([rows, columns, 1, 1]);
  const number = tf.conv2d(x, filter, 1, 1);
  const sides = tf.conv2d(x, filter, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]);
  console.log(`filter ${rows}x${columns}: pad 1 [${number.shape}] | pads for each side [${sides.shape}]`);
}
JS
node probe.cjs 2>/dev/null | grep filter | tee seen.txt
diff - seen.txt <<'EXPECTED'
filter 2x1: pad 1 [1,4,4,1] | pads for each side [1,4,5,1]
filter 1x2: pad 1 [1,5,5,1] | pads for each side [1,5,4,1]
filter 2x2: pad 1 [1,4,4,1] | pads for each side [1,4,4,1]
EXPECTED
