// Before tfjs's backend, which looks for navigator.gpu when it is imported.
import './dawn.ts';
import './deviceErrors.ts';
import './fewerRuns.ts';
import { setBackend } from '@tensorflow/tfjs-core';
import { lookAtGpu } from './dawn.ts';
import { joined } from './joined.ts';
import { readWith } from './readSync.ts';

// tfjs's own `dataSync` needs a canvas, which Node lacks. This waits by letting Dawn look at the GPU until it is done, so that
// tests are written once for all backends.
readWith((on, sources) => {
  const { buffer, parts } = joined(on, sources, GPUBufferUsage.MAP_READ);
  // A failure shows below, as a buffer that is not mapped.
  buffer.mapAsync(GPUMapMode.READ).catch(() => undefined);
  while (buffer.mapState === 'pending') lookAtGpu();
  const read = parts(buffer.getMappedRange());
  buffer.destroy();
  return read;
});

await setBackend('webgpu');
