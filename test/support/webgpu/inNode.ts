// Before tfjs's backend, which looks for navigator.gpu when it is imported.
import './dawn.ts';
import './deviceErrors.ts';
import './fewerRuns.ts';
import { setBackend } from '@tensorflow/tfjs-core';
import deasync from 'deasync';
import { joined } from './joined.ts';
import { readWith } from './readSync.ts';

// tfjs's own `dataSync` needs a canvas, which Node lacks. This waits by running the event loop from within, so that
// tests are written once for all backends. For tests alone: what waits in that loop runs in the middle of a function.
readWith((on, sources) => {
  const { buffer, parts } = joined(on, sources, GPUBufferUsage.MAP_READ);
  // A failure shows below, as a buffer that is not mapped.
  buffer.mapAsync(GPUMapMode.READ).catch(() => undefined);
  while (buffer.mapState === 'pending') deasync.runLoopOnce();
  const read = parts(buffer.getMappedRange());
  buffer.destroy();
  return read;
});

await setBackend('webgpu');
