import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { lastLineOf } from './lastLine.ts';
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

/**
 * Memory of the sampled step, in a process of its own: only there is the peak that of the step.
 *
 * @throws Error if that process fails
 */
export const memoryOf = async (steps: number): Promise<readonly MemoryPoint[]> => {
  const file = fileURLToPath(new URL('./memoryProcess.ts', import.meta.url));
  const line = await lastLineOf(file, [String(steps)]);
  if (E.isLeft(line)) throw new Error(`measuring memory failed: ${line.left}`);
  return JSON.parse(line.right) as readonly MemoryPoint[];
};

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
