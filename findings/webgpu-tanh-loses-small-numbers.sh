#!/usr/bin/env bash
# tf.tanh on TensorFlow.js's webgpu backend has no correct digit left for numbers near 1e-7, and is 0 below.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-webgpu 4.22.0, webgpu (Dawn) 0.6.2, Node 20.20.2
# Behaviour: tanh is computed from exp(-2 |x|), which is near 1 for a small x: the difference to 1 keeps what float32 has left.
#            The error is below 1e-7 in absolute terms, 1 % at 1e-5 and all of it at 1e-8.
# Seen:      2026-12-01, on SwiftShader; needs an adapter (VK_DRIVER_FILES names a Vulkan driver where there is no GPU)
#   cpu: 1e-4 right to 1 % yes | 1e-6 yes | 1e-8 yes
#   webgpu: 1e-4 right to 1 % yes | 1e-6 no | 1e-8 no
# Why it matters: small activations of a recurrent network, and of GELU in its tanh form, are quantised to multiples of 6e-8;
# tanh(x) / x is not 1 but anything from 0 to 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0 webgpu@0.6.2
cat > probe.mjs <<'JS'
import { createRequire } from 'node:module';
import { create, globals } from 'webgpu';
Object.assign(globalThis, globals);
globalThis.navigator ??= {};
Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true });
globalThis.self ??= globalThis;
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-webgpu');
// Small tensors would be computed on the CPU.
tf.env().set('WEBGPU_CPU_FORWARD', false);
for (const backend of ['cpu', 'webgpu']) {
  await tf.setBackend(backend);
  const xs = [1e-4, 1e-6, 1e-8];
  const ys = await tf.tanh(tf.tensor1d(xs)).data();
  const right = xs.map((x, i) => (Math.abs(ys[i] / Math.tanh(x) - 1) < 0.01 ? 'yes' : 'no'));
  console.log(`${backend}: 1e-4 right to 1 % ${right[0]} | 1e-6 ${right[1]} | 1e-8 ${right[2]}`);
}
process.exit(0);
JS
node probe.mjs 2>/dev/null | grep -E '^(cpu|webgpu):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: 1e-4 right to 1 % yes | 1e-6 yes | 1e-8 yes
webgpu: 1e-4 right to 1 % yes | 1e-6 no | 1e-8 no
EXPECTED
