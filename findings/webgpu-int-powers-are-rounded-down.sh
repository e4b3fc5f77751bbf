#!/usr/bin/env bash
# tf.pow of int32 numbers on TensorFlow.js's webgpu backend is cut from a float: 5 to the power of 2 is 24.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-webgpu 4.22.0, webgpu (Dawn) 0.6.2, Node 20.20.2
# Behaviour: the power is computed as that of floats, which WGSL allows to be a little off, and cut to an integer without rounding.
# Seen:      2026-12-01, on SwiftShader; needs an adapter (VK_DRIVER_FILES names a Vulkan driver where there is no GPU)
#   cpu: 5 ^ 2 25
#   webgpu: 5 ^ 2 24
# Why it matters: squares for strides, areas and polynomial features are off by one, for some bases and on some devices only.
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
  const [power] = await tf.pow(tf.tensor1d([5], 'int32'), tf.tensor1d([2], 'int32')).data();
  console.log(`${backend}: 5 ^ 2 ${power}`);
}
process.exit(0);
JS
node probe.mjs 2>/dev/null | grep -E '^(cpu|webgpu):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: 5 ^ 2 25
webgpu: 5 ^ 2 24
EXPECTED
