import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from '../roundRobin.ts';
import { output } from './child.ts';
import type { NodeVersion } from './nodes.ts';

const file = fileURLToPath(new URL('./side.ts', import.meta.url));

const lastLine = async (
  program: string,
  folder: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<unknown> => {
  // tsx reads this variable, and sends imports of `tfjs-bayesian` to the build in that folder.
  const env = { TSX_TSCONFIG_PATH: resolve(folder, 'bench', 'tsconfig.json') };
  const text = await output(program, [...process.execArgv, file, folder, ...args], {
    folder,
    env,
    signal,
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
};

/** The names of all contenders of the build in a folder. */
export const namesIn = async (folder: string, signal: AbortSignal): Promise<readonly string[]> =>
  (await lastLine(process.execPath, resolve(folder), [], signal)) as readonly string[];

/** Contenders of the build in a folder, measured in a process of their own, each run so many times on so many threads. */
export const measuredIn = async (
  { program }: NodeVersion,
  folder: string,
  runs: number,
  threads: readonly number[],
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Measured[]> =>
  (await lastLine(
    program,
    resolve(folder),
    [String(runs), threads.join(), ...names],
    signal,
  )) as readonly Measured[];
