import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { readLastLine } from '../lastLine.ts';
import type { Measured } from '../roundRobin.ts';

/** Milliseconds after which a group is given up: a quarter of an hour. */
const PATIENCE = 900_000;

/**
 * Measures the contenders of these names in a process of its own: tfjs keeps the buffers of every size that it has ever
 * made, and a device that ran out of memory may be lost with all that is on it. If the process ends before its time,
 * nothing of the group is measured.
 */
export const measureGroup = async (
  names: readonly string[],
  rounds: number,
): Promise<readonly Measured[]> => {
  const file = fileURLToPath(new URL('./groupProcess.ts', import.meta.url));
  const line = await readLastLine(file, [String(rounds), ...names], PATIENCE);
  return E.isRight(line)
    ? (JSON.parse(line.right) as readonly Measured[])
    : names.map((name) => ({ name, times: [], failure: line.left }));
};
