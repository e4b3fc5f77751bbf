#!/usr/bin/env bash
# tf.matMul of a batch of matrices with one matrix works, and its gradient throws.
#
# Versions:  @tensorflow/tfjs 4.22.0, Node 20.20.2, backend cpu
# Behaviour: [3, 2, 2] by [2, 2] gives [3, 2, 2]. The gradient by the single matrix has the shape of the batch, which the tape
#            refuses; that by the batch is right. add and mul reduce such gradients to the shape of what was broadcast.
# Seen:      2026-12-01
#   forward [3,2,2]
#   gradient by the batch: [3,2,2]
#   gradient by the matrix: throws, "does not match the shape of the input '2,2'"
# Why it matters: a model predicts, and fails at its first training step. With einsum in its place there is no gradient at all;
# what works is a reshape of the batch to rows, or tile.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs');
const [batch, matrix] = [tf.ones([3, 2, 2]), tf.ones([2, 2])];
console.log(`forward [${tf.matMul(batch, matrix).shape}]`);
console.log(`gradient by the batch: [${tf.grad((x) => tf.matMul(x, matrix))(batch).shape}]`);
try {
  console.log(`gradient by the matrix: [${tf.grad((x) => tf.matMul(batch, x))(matrix).shape}]`);
} catch ({ message }) {
  console.log(`gradient by the matrix: throws, "${/does not match the shape of the input '[\d,]*'/.exec(message)?.[0]}"`);
}
JS
node probe.cjs 2>/dev/null | grep -E 'forward|gradient' | tee seen.txt
diff - seen.txt <<'EXPECTED'
forward [3,2,2]
gradient by the batch: [3,2,2]
gradient by the matrix: throws, "does not match the shape of the input '2,2'"
EXPECTED
