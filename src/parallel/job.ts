import { invalidArgument } from '../check/index.ts';
import type { Key } from '../random/index.ts';

/** Where a job keeps what a later attempt continues from. */
export interface Scratch {
  /** What an earlier attempt saved last; `undefined` if none did. The job owns the tensors. */
  readonly load: <T>() => Promise<T | undefined>;
  /** Saves plain data, tensors and keys, in place of what was saved before. The job keeps its tensors. */
  readonly save: (value: unknown) => Promise<void>;
}

/** What a job can do beside returning its result. */
export interface JobContext {
  /** The number of the input, by which its key was folded. */
  readonly input: number;
  /** Reports progress, as plain data without tensors, to the `onProgress` of `map`. */
  readonly progress: (value: unknown) => void;
  /** Adds a line to the log, which the outcome has. */
  readonly log: (line: string) => void;
  /** Aborts if the caller does, or if the time is over. A job that ignores it is stopped, where a runner can. */
  readonly signal: AbortSignal;
  /** Partial results. */
  readonly scratch: Scratch;
}

/** A function of plain data, tensors and a key that workers find by its module and name. */
export interface Job<in C, out R> {
  readonly _tag: 'Job';
  /** The URL of the module that exports the job. */
  readonly module: string;
  /** The name of the export. */
  readonly name: string;
  readonly run: (config: C, key: Key, context: JobContext) => R | Promise<R>;
}

/** Whether a value is a job: by its tag, since a worker may have another copy of this library. */
export const isJob = (value: unknown): value is Job<never, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  '_tag' in value &&
  value._tag === 'Job' &&
  'run' in value &&
  typeof value.run === 'function';

/**
 * Rejects a value that is not a job.
 *
 * @throws Error naming the argument
 * @example
 * assertJob('sweep: job', train);
 */
export const assertJob = (argument: string, value: unknown): void => {
  if (!isJob(value)) invalidArgument(argument, "a job, as job(import.meta.url, 'name', run) makes", value);
};

const isUrl = (text: unknown): boolean => {
  try {
    return typeof text === 'string' && new URL(text).href !== '';
  } catch {
    return false;
  }
};

/**
 * Makes a job: a function that may run elsewhere, in a thread or on another machine. The other side finds it by the
 * address of its module and by the name under which that module exports it, so it must be exported under this name, at the
 * top of its module. A job made inside another function is not, and may close over variables that the other side does not
 * have: `threads` refuses it. (Under the name of an exported job it would run as that one.)
 *
 * The function receives a configuration, a key and a context. Configuration and result are plain data (numbers, strings,
 * booleans, bigints, null, undefined, lists and records of these), typed arrays, tensors and keys; tensors travel as bytes.
 * A typed array on a SharedArrayBuffer is shared with threads, as by `postMessage`, and copied to other processes.
 * The tensors of both are disposed after the job, so return a clone of a tensor that the module keeps. All other tensors
 * are the job's own to dispose. Everything random should come from the key: the same configuration and key then give the
 * same result everywhere.
 *
 * @param module `import.meta.url` of the module that exports the job
 * @param name the name under which the module exports it
 * @throws Error if an argument is not of its kind
 * @example
 * type Input = { size: number };
 * const draw = parallel.job(import.meta.url, 'draw', ({ size }: Input, key) => ({
 *   mean: tf.mean(random.normal(key, [size])),
 * }));
 * console.log(draw.name); // draw
 */
export const job = <C, R>(
  module: string,
  name: string,
  run: (config: C, key: Key, context: JobContext) => R | Promise<R>,
): Job<C, R> => {
  if (!isUrl(module)) invalidArgument('parallel.job: module', 'the URL of a module, import.meta.url', module);
  if (typeof name !== 'string' || name === '')
    invalidArgument('parallel.job: name', 'the name under which the module exports the job', name);
  if (typeof run !== 'function')
    invalidArgument('parallel.job: run', 'a function of a configuration, a key and a context', run);
  return Object.freeze({ _tag: 'Job' as const, module, name, run });
};
