#!/usr/bin/env bash
# tf.randomGamma multiplies by beta, which its documentation calls the inverse scale.
#
# Versions:  @tensorflow/tfjs-core and -backend-cpu 4.22.0, Node 20.20.2
# Behaviour: a gamma variable of shape 3 and inverse scale 2 has the mean 3 / 2 and the variance 3 / 4. Draws have the mean
#            3 * 2 and the variance 12. TensorFlow's tf.random.gamma, whose arguments have the same names, divides.
# Seen:      2026-12-01
#   shape 3, beta 2: mean 6.0, variance 12 | shape 3, beta 1: mean 3.0, variance 3
# Why it matters: precisions, waiting times and Dirichlet weights drawn from it are off by the square of beta, and only with
# a beta other than 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > probe.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
// Draws of a fixed seed; rounded far more coarsely than they vary.
const summary = (beta) => {
  const { mean, variance } = tf.moments(tf.randomGamma([200000], 3, beta, 'float32', 7));
  return `mean ${(Math.round(2 * mean.dataSync()[0]) / 2).toFixed(1)}, variance ${Math.round(variance.dataSync()[0])}`;
};
console.log(`shape 3, beta 2: ${summary(2)} | shape 3, beta 1: ${summary(1)}`);
JS
node probe.cjs 2>/dev/null | grep beta | tee seen.txt
diff - seen.txt <<'EXPECTED'
shape 3, beta 2: mean 6.0, variance 12 | shape 3, beta 1: mean 3.0, variance 3
EXPECTED
