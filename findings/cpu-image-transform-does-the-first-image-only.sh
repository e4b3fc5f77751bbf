#!/usr/bin/env bash
# tf.image.transform on TensorFlow.js's cpu backend transforms the first image of a batch and leaves the others empty.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-wasm 4.22.0, Node 20.20.2
# Behaviour: the kernel returns from within its loop over the images. The result has the shape of the whole batch, with zeros for
#            all images but the first. wasm transforms every image.
# Seen:      2026-12-01
#   cpu: first image 2 2 | second image 0 0
#   wasm: first image 2 2 | second image 4 4
# Why it matters: augmented on cpu, a batch of images is one image and black ones with their labels.
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
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    // Two images of 1x2 pixels, each moved by one pixel to the left, the edge repeated.
    const images = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
    const moves = tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0, 0, 0]]);
    const [a, b, c, d] = tf.image.transform(images, moves, 'nearest', 'nearest').dataSync();
    console.log(`${backend}: first image ${a} ${b} | second image ${c} ${d}`);
  }
})();
JS
node probe.cjs 2>/dev/null | grep -E '^(cpu|wasm):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: first image 2 2 | second image 0 0
wasm: first image 2 2 | second image 4 4
EXPECTED
