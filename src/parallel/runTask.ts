import { thrownMessage } from '../check/index.ts';
import { fromData, type KeyData } from '../random/index.ts';
import { dispose } from '../tree/index.ts';
import { decode, duplicate, type Encoded, encode, encodePlain } from './encode.ts';
import type { Job, JobContext } from './job.ts';

/** One attempt at one input, as it is sent. */
export interface Task {
  readonly input: number;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  readonly config: Encoded;
  readonly key: KeyData;
  /** What an earlier attempt saved. */
  readonly scratch: Encoded | undefined;
}

/** How an attempt ended: with a result, or with what its job threw. */
export type Ended =
  | { readonly _tag: 'Done'; readonly value: Encoded }
  | { readonly _tag: 'Threw'; readonly message: string; readonly stack?: string };

/** Where an attempt reports to while it runs. */
export interface Reports {
  readonly progress: (value: Encoded) => void;
  readonly log: (line: string) => void;
  readonly save: (value: Encoded) => void | Promise<void>;
}

const jobContext = (
  { input, scratch }: Task,
  { progress, log, save }: Reports,
  signal: AbortSignal,
): JobContext => {
  const saved = { latest: scratch };
  return Object.freeze({
    input,
    signal,
    progress: (value: unknown) => progress(encodePlain('progress', value)),
    log: (line: string) => log(String(line)),
    scratch: Object.freeze({
      load: async <T>() => (saved.latest === undefined ? undefined : decode<T>(duplicate(saved.latest))),
      save: async (value: unknown) => {
        const encoded = await encode('scratch', value);
        saved.latest = encoded;
        await save(encoded);
      },
    }),
  });
};

/**
 * Runs a job on one input: the part of an attempt that is the same in every runner. Disposes the configuration and the
 * result after it.
 *
 * @example
 * const ended = await runTask(train, task, reports, signal); // { _tag: 'Done', value }
 */
export const runTask = async (
  { name, run }: Job<never, unknown>,
  task: Task,
  reports: Reports,
  signal: AbortSignal,
): Promise<Ended> => {
  const held: unknown[] = [];
  try {
    const config = decode(task.config);
    held.push(config);
    const result = await run(config as never, fromData(task.key), jobContext(task, reports, signal));
    held.push(result);
    return { _tag: 'Done', value: await encode(`the result of ${name}`, result) };
  } catch (thrown) {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    return { _tag: 'Threw', message: thrownMessage(thrown), ...(stack !== undefined && { stack }) };
  } finally {
    dispose(held);
  }
};
