import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CellEvent } from './cellEvents.ts';
import { cellOutputs, type Output } from './outputs.ts';

/** How cells went. */
export interface Execution {
  /** Of each cell that was run, the failed one too. */
  readonly outputs: readonly (readonly Output[])[];
  /** What went wrong, if anything did, and the last cell that had begun by then. */
  readonly failure?: { readonly cell: number; readonly text: string } | undefined;
}

/** Where cells run. */
export interface Place {
  /** From which they import, and where they read and write. */
  readonly folder: string;
  /** A folder in whose node_modules tslab is. */
  readonly tslab: string;
  /** How long everything may take, in milliseconds; default 15 minutes. */
  readonly limit?: number;
  /** How long timers and the like may go on after the last cell, in milliseconds; default 10 seconds. */
  readonly afterwards?: number;
}

const kernel = fileURLToPath(new URL('kernel.cjs', import.meta.url));

const tslabIn = (folder: string): string =>
  dirname(createRequire(resolve(folder, 'here.js')).resolve('tslab/package.json'));

type Ending = 'ended' | 'too long' | 'still running';

/** What went wrong, from the process's events and how it ended. */
const cellFailure = (
  events: readonly CellEvent[],
  ending: Ending,
  code: number | null,
): Execution['failure'] => {
  const { cell = 0, ok = true } = events.filter((event) => 'cell' in event).at(-1) ?? {};
  const late = events.flatMap((event) => (event.event === 'lateError' ? [event.text] : [])).join('');
  if (late !== '') return { cell, text: late };
  if (!ok) {
    const shown = cellOutputs(events).at(-1) ?? [];
    return { cell, text: shown.flatMap((output) => ('text' in output ? output.text : [])).join('') };
  }
  if (ending === 'still running') return { cell, text: 'something is still running after the last cell\n' };
  if (ending === 'too long') return { cell, text: 'took too long\n' };
  const done = events.some(({ event }) => event === 'done');
  return done && code === 0 ? undefined : { cell, text: `the process ended, with exit code ${code}\n` };
};

/**
 * Runs cells one after another in a process of their own, as tslab's Jupyter kernel runs them, and stops at the first that
 * fails. An error in a later tick counts too, of a timer or of a promise that nobody waits for, until nothing is left
 * to run.
 */
export const execute = async (
  cells: readonly string[],
  { folder, tslab, limit = 900_000, afterwards = 10_000 }: Place,
): Promise<Execution> => {
  const events: CellEvent[] = [];
  const child = fork(kernel, [], {
    cwd: resolve(folder),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { ending, code } = await new Promise<{ ending: Ending; code: number | null }>((settle) => {
    let reason: Ending = 'ended';
    const stop = (why: Ending) => () => {
      reason = why;
      child.kill('SIGKILL');
    };
    const whole = setTimeout(stop('too long'), limit);
    let rest: NodeJS.Timeout | undefined;
    child.on('message', (event: CellEvent) => {
      events.push(event);
      if (event.event === 'done') rest = setTimeout(stop('still running'), afterwards);
    });
    child.on('close', (exit) => {
      clearTimeout(whole);
      clearTimeout(rest);
      settle({ ending: reason, code: exit });
    });
    child.send({ tslab: tslabIn(tslab), cells });
  });
  return { outputs: cellOutputs(events), failure: cellFailure(events, ending, code) };
};
