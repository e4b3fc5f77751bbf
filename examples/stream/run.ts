import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SIZE, writeTable } from './table.ts';

/** What a process reports of its training. */
interface Report {
  readonly step: number;
  readonly loss: number;
  readonly digest: string;
  /** Bytes. */
  readonly peak: number;
}

/** Trains in another process; `undefined` if it is interrupted half-way. */
const trainApart = async (
  table: string,
  rows: number,
  checkpoint: string,
  every: number,
  interrupt = false,
): Promise<Report | undefined> => {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const half = Math.ceil(rows / SIZE / 2);
  const args = [table, rows, checkpoint, every, half].map(String);
  const child = spawn(process.execPath, [...process.execArgv, worker, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let report: Report | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'half' && interrupt) child.kill('SIGINT');
    else if (line.startsWith('{')) report = JSON.parse(line) as Report;
  }
  const [code, signal]: readonly unknown[] = await closed;
  if (interrupt ? signal !== 'SIGINT' : code !== 0)
    throw new Error(`the training ended with ${String(signal ?? code)}`);
  return report;
};

/** How training from a large file compares with training from a small one. */
export interface Comparison {
  readonly small: Report;
  readonly large: Report;
  /** The large run after an interruption. */
  readonly resumed: Report;
}

/** Trains on a small and a large table, and on the large one again with an interruption half-way. */
export const compare = async (folder: string, small: number, large: number): Promise<Comparison> => {
  const [few, many] = [path.join(folder, 'small.csv'), path.join(folder, 'large.csv')];
  await writeTable(few, small);
  await writeTable(many, large);
  const every = Math.max(1, Math.floor(large / SIZE / 10));
  const file = (name: string) => path.join(folder, `${name}.safetensors`);
  const whole = await trainApart(few, small, file('small'), every);
  const other = await trainApart(many, large, file('large'), every);
  await trainApart(many, large, file('interrupted'), every, true);
  const resumed = await trainApart(many, large, file('interrupted'), every);
  return { small: whole!, large: other!, resumed: resumed! };
};
