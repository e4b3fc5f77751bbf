// Before tfjs's backend, which looks for navigator.gpu when it is imported.
import './dawn.ts';
import './deviceErrors.ts';
import './fewerRuns.ts';
import { backend, setBackend } from '@tensorflow/tfjs-core';
import deasync from 'deasync';
import { readTogetherWith } from '../readTogether.ts';
import { type Internals, submit } from './internals.ts';
import { keep, missing, readSyncWith } from './readSync.ts';

// tfjs's own `dataSync` needs a canvas, which Node lacks. This waits by running the event loop from within, so that
// tests are written once for all backends. For tests alone: what waits in that loop runs in the middle of a function.
const download = (on: Internals, sources: readonly GPUBuffer[]): readonly ArrayBuffer[] => {
  const starts: number[] = [];
  const size = sources.reduce((start, source) => {
    starts.push(start);
    return start + source.size;
  }, 0);
  const staging = on.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  submit(on, (encoder) => {
    sources.forEach((source, at) => {
      encoder.copyBufferToBuffer(source, 0, staging, starts[at]!, source.size);
    });
  });
  // A failure shows below, as a buffer that is not mapped.
  staging.mapAsync(GPUMapMode.READ).catch(() => undefined);
  while (staging.mapState === 'pending') deasync.runLoopOnce();
  const bytes = staging.getMappedRange();
  const parts = sources.map((source, at) => bytes.slice(starts[at]!, starts[at]! + source.size));
  staging.destroy();
  return parts;
};

readSyncWith((on, source) => download(on, [source])[0]!);

readTogetherWith((tensors) => {
  const on = backend() as unknown as Internals;
  const all = missing(on, tensors);
  if (all.length === 0) return;
  const parts = download(
    on,
    all.map(({ resource }) => resource),
  );
  all.forEach((data, at) => {
    keep(data, parts[at]!);
  });
});

await setBackend('webgpu');
