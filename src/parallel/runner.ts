import type { Either } from 'fp-ts/lib/Either.js';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { checkSingleKey } from '../random/key.ts';
import { assertJob, type Job } from './job.ts';

/** The result of a job for one input. */
export interface JobResult<R> {
  /** The number of the input. */
  readonly input: number;
  /** What the job returned; the receiver owns its tensors. */
  readonly value: R;
  /** The number of attempts, the successful one included; 0 for a result that was there before. */
  readonly attempts: number;
  /** What the job logged, the last lines of all attempts. */
  readonly log: readonly string[];
}

/** Why there is no result for an input. */
export interface JobFailure {
  /**
   * What happened in the last attempt: the job threw (or returned what cannot be sent), its worker ended, its time was over,
   * the caller's signal aborted it, or, when results are collected, there is none yet.
   */
  readonly _tag: 'Threw' | 'WorkerDied' | 'TimedOut' | 'Aborted' | 'Missing';
  /** The number of the input. */
  readonly input: number;
  readonly message: string;
  /** The stack of what the job threw. */
  readonly stack?: string;
  /** The number of attempts; 0 if there was none. */
  readonly attempts: number;
  /** What the job logged, the last lines of all attempts. */
  readonly log: readonly string[];
}

/** The result for one input, or why there is none. */
export type Outcome<R> = Either<JobFailure, JobResult<R>>;

/** What a job reported by `context.progress`. */
export interface JobProgress {
  /** The number of the input. */
  readonly input: number;
  readonly value: unknown;
}

/** Options of a runner's `map`. */
export interface MapOptions {
  /** Input `i` runs with `random.foldIn(key, i)`, wherever it runs. */
  readonly key: Key;
  /** Stops running jobs and starts no more; every outcome from then on is a failure. */
  readonly signal?: AbortSignal;
  /** Called whenever a job reports progress. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** How often a failed input is tried, with the same key; default 1. */
  readonly attempts?: number;
  /**
   * The time that an attempt may take, in milliseconds; default no limit. A thread is stopped after it; `inline` cannot stop
   * a job that does not heed its signal, and goes on without it.
   */
  readonly timeout?: number;
  /** The numbers of the inputs, where they are some of a longer list; default 0, 1, 2 and so on. */
  readonly numbers?: readonly number[];
  /**
   * The largest number of finished results that wait to be read, after which no further input starts; default no limit. It
   * bounds memory where results are large.
   */
  readonly ahead?: number;
}

/** The options of `map` that other functions have too. */
export type CommonMapOptions = Omit<MapOptions, 'numbers' | 'ahead'>;

// Functions, since bundlers keep records that are made of others even where nothing uses them.

/** The names of the options of `map` that other functions have too. */
export const commonMapNames = (): OptionNames<CommonMapOptions> => ({
  key: true,
  signal: true,
  onProgress: true,
  attempts: true,
  timeout: true,
});

const mapOptionNames = (): OptionNames<MapOptions> => ({ ...commonMapNames(), numbers: true, ahead: true });

/** Where jobs run. */
export interface Runner {
  /**
   * Runs a job on every input and gives the outcomes in the order of the inputs. A failure is a value, and the other inputs
   * go on. It starts when the first outcome is asked for; leaving the loop stops what still runs. The inputs' tensors must
   * live until then.
   */
  readonly map: <C, R>(
    job: Job<C, R>,
    inputs: readonly C[],
    options: MapOptions,
  ) => AsyncIterableIterator<Outcome<R>>;
  /** Stops what runs and releases what the runner holds, such as threads. */
  readonly close: () => Promise<void>;
}

/**
 * Rejects a value that is not a runner.
 *
 * @throws Error naming the argument
 * @example
 * assertRunner('sweep: runner', inline());
 */
export const assertRunner = (argument: string, value: unknown): void => {
  const { map, close } = (value ?? {}) as Partial<Runner>;
  if (typeof map !== 'function' || typeof close !== 'function')
    invalidArgument(argument, 'a runner, such as inline(), threads() or queue()', value);
};

/**
 * Rejects invalid arguments of a runner's `map`.
 *
 * @throws Error naming the first one
 * @example
 * assertMap('inline', train, [{ rate: 0.1 }], { key: random.key(0) });
 */
export const assertMap = (fn: string, job: unknown, inputs: unknown, options: MapOptions): void => {
  assertJob(`${fn}: job`, job);
  if (!Array.isArray(inputs)) invalidArgument(`${fn}: inputs`, 'a list', inputs);
  const { key, signal, onProgress, attempts, timeout, numbers, ahead } = knownOptions(
    fn,
    options,
    mapOptionNames(),
  );
  checkSingleKey(`${fn}: key`, key);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    invalidArgument(`${fn}: signal`, 'an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    invalidArgument(`${fn}: onProgress`, 'a function', onProgress);
  for (const [name, value] of Object.entries({ attempts, timeout, ahead }))
    if (value !== undefined) positiveInteger(`${fn}: ${name}`, value);
  const isNumbering =
    Array.isArray(numbers) &&
    numbers.length === (inputs as readonly unknown[]).length &&
    new Set(numbers).size === numbers.length &&
    numbers.every((each) => Number.isInteger(each) && each >= 0 && each < 2 ** 32);
  if (numbers !== undefined && !isNumbering)
    invalidArgument(`${fn}: numbers`, 'a different integer from 0 to 2^32 - 1 for each input', numbers);
};
