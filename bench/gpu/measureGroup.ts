import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measured } from '../roundRobin.ts';

/** Minutes after which a group is given up. */
const PATIENCE = 15;

/** Runs groupProcess.ts with these arguments; resolves with its last line, or with undefined and why there is none. */
const lastLine = (args: readonly string[]): Promise<{ readonly line?: string; readonly why: string }> =>
  new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('./groupProcess.ts', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: PATIENCE * 60_000,
    });
    const output: string[] = [];
    child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const line = output.join('').trim().split('\n').at(-1);
      const why =
        signal === null ? `its process ended with exit code ${code}` : `its process ended by ${signal}`;
      resolve(code === 0 && line ? { line, why } : { why });
    });
  });

/**
 * Measures the contenders of these names in a process of its own: tfjs keeps the buffers of every size that it has ever
 * made, and a device that ran out of memory may be lost with all that is on it. If the process ends before its time,
 * nothing of the group is measured.
 */
export const measureGroup = async (
  names: readonly string[],
  rounds: number,
): Promise<readonly Measured[]> => {
  const { line, why } = await lastLine([String(rounds), ...names]);
  return line === undefined
    ? names.map((name) => ({ name, times: [], failure: why }))
    : (JSON.parse(line) as readonly Measured[]);
};
