#!/usr/bin/env bash
# tf.conv3d, maxPool3d and avgPool3d padded to 'same' take their windows from other places than conv2d and maxPool do, if the
# window is narrower than the stride.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: with one tap and stride 2 no padding is needed; TensorFlow.js computes a negative one, and moves every window half of
#            it: a cube of 2x2x2 numbers gives its last one, where a square of 2x2 gives its first, as in TensorFlow.
# Seen:      2026-12-01
#   conv2d of 1 2 3 4, one tap, stride 2: 1 | conv3d of 1 to 8: 8
#   maxPool, window 1, stride 2: 1 | maxPool3d: 8
# Why it matters: a 1x1x1 convolution of stride 2 is the shortcut of a residual block. Weights from TensorFlow or Keras give
# other numbers, of the right shape, without an error.
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
const square = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
const cube = tf.tensor5d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2, 1]);
console.log(`conv2d of 1 2 3 4, one tap, stride 2: ${numbers(tf.conv2d(square, tf.ones([1, 1, 1, 1]), 2, 'same'))} | ` +
  `conv3d of 1 to 8: ${numbers(tf.conv3d(cube, tf.ones([1, 1, 1, 1, 1]), 2, 'same'))}`);
console.log(`maxPool, window 1, stride 2: ${numbers(tf.maxPool(square, 1, 2, 'same'))} | maxPool3d: ${numbers(tf.maxPool3d(cube, 1, 2, 'same'))}`);
JS
node probe.cjs 2>/dev/null | grep stride | tee seen.txt
diff - seen.txt <<'EXPECTED'
conv2d of 1 2 3 4, one tap, stride 2: 1 | conv3d of 1 to 8: 8
maxPool, window 1, stride 2: 1 | maxPool3d: 8
EXPECTED
