import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { readLastLine } from '../lastLine.ts';
import { digits, table } from '../table.ts';

/** What workers cost, in a process of their own. */
export interface WorkerCost {
  /** How many there are; 0 for steps in the process's own thread. */
  readonly workers: number;
  /** Milliseconds until all have answered. */
  readonly startUp: number;
  /** Resident memory above the idle process once they have started, in bytes. */
  readonly started: number;
  /** The same after some steps. */
  readonly working: number;
}

/**
 * The start-up time and memory of some numbers of workers, each in a process of its own.
 *
 * @throws Error if a process fails
 */
export const workerCosts = async (counts: readonly number[]): Promise<readonly WorkerCost[]> => {
  const file = fileURLToPath(new URL('./workerProcess.ts', import.meta.url));
  const found: WorkerCost[] = [];
  for (const count of [0, ...counts]) {
    const line = await readLastLine(file, [String(count)]);
    if (E.isLeft(line)) throw new Error(`measuring ${count} workers failed: ${line.left}`);
    found.push(JSON.parse(line.right) as WorkerCost);
  }
  return found;
};

const MB = 1e6;

/** The same as a table. */
export const costTable = (costs: readonly WorkerCost[]): string => {
  const alone = costs.find(({ workers }) => workers === 0)?.working ?? Number.NaN;
  return table(
    ['workers', 'start-up ms', 'MB started', 'MB working', 'MB a worker'],
    costs.map(({ workers, startUp, started, working }) => [
      String(workers),
      workers === 0 ? '-' : digits(startUp),
      (started / MB).toFixed(0),
      (working / MB).toFixed(0),
      workers === 0 ? '-' : ((working - alone) / workers / MB).toFixed(0),
    ]),
  );
};
