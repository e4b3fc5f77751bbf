#!/usr/bin/env bash
# tf.argMax and tf.argMin of a vector give shape [1] on TensorFlow.js's webgpu backend, and a scalar elsewhere.
#
# Versions:  @tensorflow/tfjs-core, -backend-cpu and -backend-webgpu 4.22.0, webgpu (Dawn) 0.6.2, Node 20.20.2
# Behaviour: argMax([1, 3, 2]) has shape [1] on webgpu, [] on cpu. The values agree.
# Seen:      2026-11-29, on SwiftShader; needs an adapter (VK_DRIVER_FILES names a Vulkan driver where there is no GPU)
#   cpu: argMax shape [] value 1 | argMin shape [] value 0
#   webgpu: argMax shape [1] value 1 | argMin shape [1] value 0
# Why it matters: oneHot, stack, gather and equal of it have one axis more on that backend alone, and what broadcasts
# goes on with a wrong shape and no error; a program tested on cpu or wasm breaks first on a user's GPU.
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
for (const backend of ['cpu', 'webgpu']) {
  await tf.setBackend(backend);
  const parts = [];
  for (const name of ['argMax', 'argMin']) {
    const at = tf[name](tf.tensor1d([1, 3, 2]));
    parts.push(`${name} shape [${at.shape}] value ${(await at.data())[0]}`);
  }
  console.log(`${backend}: ${parts.join(' | ')}`);
}
process.exit(0);
JS
node probe.mjs 2>/dev/null | grep -E '^(cpu|webgpu):' | tee seen.txt
diff - seen.txt <<'EXPECTED'
cpu: argMax shape [] value 1 | argMin shape [] value 0
webgpu: argMax shape [1] value 1 | argMin shape [1] value 0
EXPECTED
