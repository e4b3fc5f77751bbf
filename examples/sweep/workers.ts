import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { complain } from '../commandLine.ts';

const command = fileURLToPath(new URL('../../dist/command.mjs', import.meta.url));
const jobs = fileURLToPath(new URL('jobs.ts', import.meta.url));

/** Starts workers of a queue, which print to standard error; the result stops them. */
export const startWorkers = async (count: number, name: string, redis: string): Promise<() => void> => {
  const args = ['work', '--queue', name, '--redis', redis, '--jobs', jobs, '--size', '1'];
  const workers = Array.from({ length: count }, (_, index) => {
    const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
    const ready = new Promise<boolean>((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        console.error(`worker ${index}: ${line}`);
        if (line.startsWith('ready')) resolve(true);
      });
      child.once('exit', () => resolve(false));
    });
    return { child, ready };
  });
  const stop = (): void => {
    for (const { child } of workers) child.kill();
  };
  const ready = await Promise.all(workers.map((worker) => worker.ready));
  if (ready.every(Boolean)) return stop;
  stop();
  return complain('the workers must start, but did not');
};
