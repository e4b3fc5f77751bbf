import './deviceErrors.ts';
import './fewerRuns.ts';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { setBackend } from '@tensorflow/tfjs-core';
import { prepareBinary } from '../../../src/kernels/wasm/index.ts';
import { canvasReader } from './canvasReader.ts';
import { joined } from './joined.ts';
import { readWith } from './readSync.ts';

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});

// As tfjs itself reads, but on two canvases for all reads: making them anew takes most of its time.
const read = canvasReader();
readWith((on, sources) => {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return [read(on, only)];
  const { buffer, parts } = joined(on, sources, GPUBufferUsage.COPY_SRC);
  const all = parts(read(on, buffer));
  buffer.destroy();
  return all;
});

await setBackend('webgpu');

// The sources have all kernels at once, as in Node; only a promise inflates those for wasm in a page.
await prepareBinary();
