import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument } from '../check/index.ts';
import { foldIn, keyData } from '../random/index.ts';
import { decode, type Encoded } from './encode.ts';
import { encodedInput } from './encodedInput.ts';
import type { Job } from './job.ts';
import {
  assertMap,
  type JobFailure,
  type JobResult,
  type MapOptions,
  type Outcome,
  type Runner,
} from './runner.ts';
import type { Ended, Reports, Task } from './runTask.ts';

/** What a runner does for one attempt. */
export interface AttemptHooks extends Reports {
  /** To be called when the job starts: the time that it may take begins. */
  readonly started: () => void;
  /** Aborts when the attempt must stop. */
  readonly signal: AbortSignal;
  /** The time that the attempt may take, for where it is measured elsewhere and `started` is not called. */
  readonly timeout: number | undefined;
}

/** How an attempt ended; `Stopped` if the signal stopped it. A result may have been there before. */
export type Reply =
  | (Ended & { readonly wasThere?: true })
  | { readonly _tag: 'WorkerDied' | 'TimedOut'; readonly message: string }
  | { readonly _tag: 'Stopped' };

/**
 * Runs one attempt. It settles soon after the signal aborts, and rejects only for what is wrong with the whole run, such as
 * a job that workers do not find.
 */
export type Execute = (job: Job<never, unknown>, task: Task, hooks: AttemptHooks) => Promise<Reply>;

/** The most lines of a log that are kept. */
const MAX_LINES = 200;

/** Calls `f` when the signal aborts, or now if it has; the result stops that. */
export const onAbort = (signal: AbortSignal | undefined, f: () => void): (() => void) => {
  if (signal?.aborted) f();
  else signal?.addEventListener('abort', f, { once: true });
  return () => signal?.removeEventListener('abort', f);
};

/** What a signal says that was aborted because the time was over. */
const timeoutMessage = ({ reason }: AbortSignal): string | undefined =>
  reason instanceof DOMException && reason.name === 'TimeoutError' ? reason.message : undefined;

/** What is to be stored of a failed attempt; nothing of one that the caller aborted. */
export const storedFailure = (
  reply: Exclude<Reply, { readonly _tag: 'Done' }>,
  signal: AbortSignal,
): Pick<JobFailure, '_tag' | 'message' | 'stack'> | undefined => {
  if (reply._tag !== 'Stopped') return reply;
  const message = timeoutMessage(signal);
  return message === undefined ? undefined : { _tag: 'TimedOut', message };
};

/** How long an aborted job may take to end and to save what it has, in milliseconds. */
export const GRACE = 500;

/** Waits until an aborted job has ended, but not for long. */
export const withinGrace = async (ended: Promise<unknown>): Promise<void> => {
  const state: { timer?: ReturnType<typeof setTimeout> } = {};
  const over = new Promise<void>((resolve) => {
    state.timer = setTimeout(resolve, GRACE);
  });
  await Promise.race([ended, over]);
  clearTimeout(state.timer);
};

/** Runs one attempt for at most the time that it may take, after which its signal aborts with a TimeoutError. */
export const attempt = async (
  execute: Execute,
  job: Job<never, unknown>,
  task: Task,
  reports: Reports,
  signal: AbortSignal,
  timeout: number | undefined,
): Promise<Reply> => {
  const controller = new AbortController();
  const state: { timer?: ReturnType<typeof setTimeout> } = {};
  const forget = onAbort(signal, () => controller.abort());
  const started = (): void => {
    if (timeout === undefined || state.timer !== undefined) return;
    const over = new DOMException(`it took longer than ${timeout} ms`, 'TimeoutError');
    state.timer = setTimeout(() => controller.abort(over), timeout);
  };
  try {
    const reply = await execute(job, task, { ...reports, started, timeout, signal: controller.signal });
    const message = timeoutMessage(controller.signal);
    return reply._tag === 'Stopped' && message !== undefined ? { _tag: 'TimedOut', message } : reply;
  } finally {
    clearTimeout(state.timer);
    forget();
  }
};

/** The encoded result for one input, or why there is none, after as many attempts as there may be. */
const afterAttempts = async (
  execute: Execute,
  job: Job<never, unknown>,
  config: unknown,
  input: number,
  { key, onProgress, attempts = 1, timeout }: MapOptions,
  signal: AbortSignal,
): Promise<Outcome<Encoded>> => {
  const log: string[] = [];
  const kept: { scratch: Encoded | undefined; thrown: unknown[] } = { scratch: undefined, thrown: [] };
  const reports: Reports = {
    progress: (value) => {
      try {
        onProgress?.({ input, value: decode(value) });
      } catch (error) {
        // The caller's error, and not the job's.
        kept.thrown.push(error);
      }
    },
    log: (line) => {
      log.push(line);
      if (log.length > MAX_LINES) log.shift();
    },
    save: (value) => {
      kept.scratch = value;
    },
  };
  const failed = (
    failure: Pick<JobFailure, '_tag' | 'message' | 'stack'>,
    attempts: number,
  ): Outcome<Encoded> => E.left({ ...failure, input, attempts, log: [...log] });
  const from = async (number: number): Promise<Outcome<Encoded>> => {
    if (signal.aborted) return failed({ _tag: 'Aborted', message: 'aborted before it ran' }, number - 1);
    const task: Task = {
      input,
      attempt: number,
      config: await encodedInput(job, input, config),
      key: keyData(foldIn(key, input)),
      scratch: kept.scratch,
    };
    const reply = await attempt(execute, job, task, reports, signal, timeout);
    if (kept.thrown.length > 0) throw kept.thrown[0];
    if (reply._tag === 'Done') {
      const attempts = reply.wasThere ? number - 1 : number;
      return E.right({ input, value: reply.value, attempts, log: [...log] });
    }
    if (reply._tag === 'Stopped') return failed({ _tag: 'Aborted', message: 'aborted' }, number);
    if (number < attempts) return from(number + 1);
    return failed(reply, number);
  };
  return from(1);
};

/** A promise with its settling functions. */
export interface Slot<A> {
  readonly promise: Promise<A>;
  readonly resolve: (value: A | PromiseLike<A>) => void;
}

export const slot = <A>(): Slot<A> => {
  const made: { resolve?: Slot<A>['resolve'] } = {};
  const promise = new Promise<A>((resolve) => {
    made.resolve = resolve;
  });
  // A rejection is reported when it is read, if it is.
  promise.catch(() => undefined);
  return { promise, resolve: made.resolve! };
};

/** Runs `one` for each index, `size` at a time, and gives the results in order. Leaving the loop calls `stop`. */
async function* inOrder<A>(
  count: number,
  size: number,
  ahead: number,
  one: (index: number) => Promise<A>,
  stop: () => void,
): AsyncGenerator<A, void, undefined> {
  const results = Array.from({ length: count }, () => slot<A>());
  const state = { next: 0, finished: 0, read: 0, stopped: false, wake: slot<void>() };
  const work = async (): Promise<void> => {
    while (!state.stopped && state.next < count) {
      if (state.finished - state.read >= ahead) {
        await state.wake.promise;
        continue;
      }
      const index = state.next++;
      const result = one(index);
      results[index]!.resolve(result);
      await result.catch(() => undefined);
      state.finished++;
    }
  };
  const wake = (): void => {
    state.wake.resolve();
    state.wake = slot();
  };
  const working = Array.from({ length: Math.min(size, count) }, work);
  try {
    for (const { promise } of results) {
      yield await promise;
      state.read++;
      wake();
    }
  } finally {
    state.stopped = true;
    stop();
    wake();
    await Promise.all(working);
  }
}

/** How a runner runs: how many attempts at a time, and one attempt. */
export interface Engine {
  /** Infinity for one that takes as many as there are: all inputs, or `ahead` of them. */
  readonly size: number;
  readonly execute: Execute;
  /** Whether a job sees the memory of this thread that is shared, and this thread what the job writes into it. */
  readonly sharesMemory?: true;
}

/**
 * The `map` of a runner with an engine, in the function `fn`.
 *
 * @example
 * const map = mapBy('inline', { size: 1, execute });
 */
export const mapBy = (fn: string, { size, execute }: Engine): Runner['map'] => {
  async function* outcomes<C, R>(
    job: Job<C, R>,
    inputs: readonly C[],
    options: MapOptions,
  ): AsyncGenerator<Outcome<R>, void, undefined> {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    const forget = onAbort(options.signal, stop);
    const { numbers, ahead = Number.POSITIVE_INFINITY } = options;
    const one = (index: number): Promise<Outcome<Encoded>> =>
      afterAttempts(
        execute,
        job as Job<never, unknown>,
        inputs[index],
        numbers?.[index] ?? index,
        options,
        controller.signal,
      );
    try {
      // Decoded one by one as they are read: tensors of results that nobody reads never exist.
      const width = Number.isFinite(size) ? size : ahead;
      for await (const outcome of inOrder(inputs.length, width, ahead, one, stop))
        yield E.isLeft(outcome)
          ? outcome
          : E.right({ ...outcome.right, value: decode<R>(outcome.right.value) });
    } finally {
      forget();
    }
  }
  return (job, inputs, options) => {
    assertMap(fn, job, inputs, options);
    return outcomes(job, inputs, options);
  };
};

const engine: unique symbol = Symbol.for('tfjs-bayesian/engine');

/** A runner that keeps its engine, for runners around it. */
export const runnerWith = (fn: string, own: Engine, close: () => Promise<void>): Runner =>
  Object.freeze({ map: mapBy(fn, own), close, [engine]: own });

/**
 * Whether a runner's jobs share memory with this thread.
 *
 * @example
 * sharesMemory(inline()); // true
 */
export const sharesMemory = (runner: Runner): boolean =>
  (runner as Runner & { readonly [engine]?: Engine })[engine]?.sharesMemory === true;

/**
 * The result of the next outcome of a runner's `map`.
 *
 * @param noun what an input is
 * @throws Error, whose cause is the failure, if it is one, and if it is of another input
 * @example
 * const outputs = valueIn('parallel.parallelPredict', 'group', outcome, 0);
 */
export const valueIn = <R>(fn: string, noun: string, outcome: Outcome<R>, position: number): JobResult<R> => {
  const { input } = E.isLeft(outcome) ? outcome.left : outcome.right;
  if (input !== position) throw missingOutcome(fn, `${input} for ${position}`);
  if (E.isRight(outcome)) return outcome.right;
  const { _tag, message } = outcome.left;
  throw new Error(`${fn}: ${noun} ${input} has failed (${_tag}): ${message}`, { cause: outcome.left });
};

/** The error of a runner that does not give the outcome of every input. */
export const missingOutcome = (fn: string, got: string | number): Error =>
  new Error(`${fn}: runner must give the outcome of every input, got ${got}`);

/**
 * The engine of a runner of this library that computes.
 *
 * @throws Error naming the argument for other runners
 * @example
 * engineIn('arrayIndex: runner', inline()).size; // 1
 */
export const engineIn = (argument: string, runner: Runner): Engine =>
  (runner as Runner & { readonly [engine]?: Engine })?.[engine] ??
  invalidArgument(argument, 'inline(), threads() or queue()', runner);
