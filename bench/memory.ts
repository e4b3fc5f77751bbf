import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
export const memoryOf = (steps: number): Promise<readonly MemoryPoint[]> =>
  new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('./memoryProcess.ts', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, file, String(steps)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output: string[] = [];
    child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = output.join('').trim().split('\n');
      if (code === 0) resolve(JSON.parse(lines.at(-1) ?? '[]') as readonly MemoryPoint[]);
      else reject(new Error(`measuring memory failed: exit code ${code}`));
    });
  });

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
