import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { readLastLine } from './lastLine.ts';
import { table } from './table.ts';

/** Memory after so many steps, in bytes; step 0 is the idle process, with its backend started. */
export interface MemoryPoint {
  readonly step: number;
  /** What the process holds now. */
  readonly resident: number;
  /** The most that it ever held. */
  readonly peak: number;
  /** The wasm memory, which never shrinks. */
  readonly heap: number;
  readonly tensors: number;
}

const MB = 1e6;

const measured = async (args: readonly string[]): Promise<readonly MemoryPoint[]> => {
  const file = fileURLToPath(new URL('./memoryProcess.ts', import.meta.url));
  const line = await readLastLine(file, args);
  if (E.isLeft(line)) throw new Error(`measuring memory failed: ${line.left}`);
  return JSON.parse(line.right) as readonly MemoryPoint[];
};

/**
 * Memory of the sampled step, as it is or compiled, in a process of its own: only there is the peak that of the step.
 *
 * @throws Error if that process fails
 */
export const measureMemory = (
  steps: number,
  how: 'step' | 'compiled' = 'step',
): Promise<readonly MemoryPoint[]> => measured([how, String(steps)]);

/** Memory of a prediction, in a process of its own for each number of draws. */
export interface PredictionMemory {
  readonly samples: number;
  /** Both above the idle process, in bytes. */
  readonly peak: number;
  readonly heap: number;
}

/**
 * Memory of predictions with 100 and with 1,000 draws, which is to be the same.
 *
 * @throws Error if a process fails
 */
export const predictionMemory = async (): Promise<readonly PredictionMemory[]> => {
  const found: PredictionMemory[] = [];
  for (const samples of [100, 1000]) {
    const [idle, after] = (await measured(['predict', String(samples)])) as [MemoryPoint, MemoryPoint];
    found.push({ samples, peak: after.peak - idle.resident, heap: after.heap - idle.heap });
  }
  return found;
};

/** The same as a table in MB. */
export const predictionTable = (found: readonly PredictionMemory[]): string =>
  table(
    ['draws', 'peak', 'wasm heap'],
    found.map(({ samples, peak, heap }) => [String(samples), (peak / MB).toFixed(0), (heap / MB).toFixed(0)]),
  );

/** Peak memory above the idle process, in MB of 10^6 bytes. */
export const peakAboveIdle = (points: readonly MemoryPoint[]): number => {
  const [idle] = points;
  return idle === undefined ? Number.NaN : ((points.at(-1)?.peak ?? Number.NaN) - idle.resident) / MB;
};

/** The points as a table in MB, above idle. */
export const memoryTable = (points: readonly MemoryPoint[]): string => {
  const [idle] = points;
  const above = (value: number, from: number) => ((value - from) / MB).toFixed(0);
  return table(
    ['after step', 'peak', 'resident', 'wasm heap', 'tensors'],
    points.map(({ step, peak, resident, heap, tensors }) => [
      step === 0 ? 'idle' : String(step),
      above(peak, step === 0 ? 0 : (idle?.resident ?? 0)),
      above(resident, step === 0 ? 0 : (idle?.resident ?? 0)),
      above(heap, step === 0 ? 0 : (idle?.heap ?? 0)),
      String(tensors),
    ]),
  );
};
