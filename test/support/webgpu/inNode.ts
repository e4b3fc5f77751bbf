// Before tfjs's backend, which looks for navigator.gpu when it is imported.
import './dawn.ts';
import './deviceErrors.ts';
import './fewerRuns.ts';
import { setBackend } from '@tensorflow/tfjs-core';
import deasync from 'deasync';
import { submit } from './internals.ts';
import { readSyncWith } from './readSync.ts';

// tfjs's own `dataSync` needs a canvas, which Node lacks. This waits by running the event loop from within, so that
// tests are written once for all backends. For tests alone: what waits in that loop runs in the middle of a function.
readSyncWith((backend, source) => {
  const staging = backend.device.createBuffer({
    size: source.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  submit(backend, (encoder) => {
    encoder.copyBufferToBuffer(source, 0, staging, 0, source.size);
  });
  // A failure shows below, as a buffer that is not mapped.
  staging.mapAsync(GPUMapMode.READ).catch(() => undefined);
  while (staging.mapState === 'pending') deasync.runLoopOnce();
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  return bytes;
});

await setBackend('webgpu');
