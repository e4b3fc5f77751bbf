#!/usr/bin/env bash
# A TensorFlow.js tensor made of a Float32Array may change when the array does: always on cpu, on webgpu until an
# operation first uses it, never on wasm.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu, -backend-wasm and -backend-webgpu 4.22.0, webgpu (Dawn) 0.6.2, Node 20.20.2
# Behaviour: a loader that fills one buffer again for each batch, as one does to save memory, trains on the last batch
#            several times over if batches are made ahead: the tensors of earlier batches hold the numbers of later ones.
# Seen:      2026-11-29, on SwiftShader; needs an adapter (VK_DRIVER_FILES names a Vulkan driver where there is no GPU)
#   cpu: square, never used 81, used 81
#   wasm: square, never used 1, used 1
#   webgpu: square, never used 81, used 1
# Why it matters: prefetching with a reused buffer is right on wasm, silently wrong on cpu, and on webgpu it depends on
# whether a kernel has run on the tensor, which is a matter of timing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 @tensorflow/tfjs-backend-webgpu@4.22.0 webgpu@0.6.2
cat > probe.mjs <<'JS'
import { createRequire } from 'node:module';
import { create, globals } from 'webgpu';
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');
const batch = async (use) => {
  const numbers = new Float32Array(10000).fill(1);
  const tensor = tf.tensor1d(numbers);
  if (use) await tf.exp(tensor).data();
  numbers.fill(9);
  return (await tf.square(tensor).data())[0];
};
const seen = async (backend) => {
  await tf.setBackend(backend);
  console.log(`${backend}: square, never used ${await batch(false)}, used ${await batch(true)}`);
};
await seen('cpu');
await seen('wasm');
Object.assign(globalThis, globals);
globalThis.navigator ??= {};
Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true });
globalThis.self ??= globalThis;
require('@tensorflow/tfjs-backend-webgpu');
await seen('webgpu');
process.exit(0);
JS
node probe.mjs 2>/dev/null | grep -E '^(cpu|wasm|webgpu):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: square, never used 81, used 81
wasm: square, never used 1, used 1
webgpu: square, never used 81, used 1
EXPECTED
