import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onBackend } from '../backend.ts';
import { compare } from './run.ts';

const [SMALL, LARGE] = [20_000, 2_000_000];

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

process.exitCode = await onBackend('stream', process.argv.slice(2), async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stream-'));
  try {
    console.log(`Trains from files of ${SMALL} and ${LARGE} rows, a batch at a time.`);
    const { small, large, resumed } = await compare(folder, SMALL, LARGE);
    console.log(`Peak memory: ${megabytes(small.peak)} MB and ${megabytes(large.peak)} MB.`);
    console.log(
      `Loss of ${large.step} steps: ${large.loss}; interrupted half-way and resumed: step ${resumed.step}.`,
    );
    console.log(`peakRatio=${(large.peak / small.peak).toFixed(2)}`);
    console.log(`sameBits=${large.digest === resumed.digest}`);
    return large.digest === resumed.digest ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
});
