import { spawn } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';

/**
 * Runs a program in a process of its own, as this one runs: its last line, or why there is none. What it says on stderr
 * is shown.
 *
 * @param patience milliseconds after which the process is ended; 0 for no limit
 */
export const readLastLine = (
  file: string,
  args: readonly string[],
  patience = 0,
): Promise<E.Either<string, string>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: patience,
    });
    const output: string[] = [];
    child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const line = output.join('').trim().split('\n').at(-1);
      const why = signal === null ? `with exit code ${code}` : `by ${signal}`;
      resolve(code === 0 && line ? E.right(line) : E.left(`its process ended ${why}`));
    });
  });
