import type { BackendName } from '../../backend/index.ts';
import { kernelsWanted } from '../../backend/useKernels.ts';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  thrownMessage,
} from '../../check/index.ts';
import { simdInUse } from '../../kernels/wasm/useSimd.ts';
import { thisBuild, thisVersion } from '../build.ts';
import { fingerprint } from '../fingerprint.ts';
import { type AttemptHooks, type Execute, onAbort, type Reply, runnerWith } from '../outcomes.ts';
import type { Runner } from '../runner.ts';
import type { Task } from '../runTask.ts';
import { backends, currentBackend } from '../threads.ts';
import { type Client, type Ended, openClient, type Standing } from './client.ts';
import { type Answer, type AttemptData, FORMAT, REFUSED, STOPPED } from './message.ts';
import { type Parcels, parcels, REDIS_LIMIT } from './parcel.ts';
import { checkQueue, type RedisConnection, within } from './redis.ts';

/** Options of `queue`. */
export interface QueueOptions {
  /** Where Redis or Valkey is: a URL such as `'redis://localhost:6379'`, or options of ioredis. */
  readonly connection: RedisConnection;
  /** The name of the queue, which its workers have too. */
  readonly name: string;
  /**
   * A name for what is run. Its results stay in the queue, and the same job, inputs and key under the same name take them from
   * there: a process that comes back collects what has been done without it. Take another name once the job's code changes.
   * By default, results leave the queue as they are read.
   */
  readonly run?: string;
  /** How long ended attempts stay in the queue, in seconds; default 604,800, a week. */
  readonly keep?: number;
  /** The backend that the workers start for these jobs; default that of this thread, or `'wasm'` if it has none of the three. */
  readonly backend?: BackendName;
  /** A folder that this process and the workers share, as a path or URL, for inputs and results that are too large for Redis. */
  readonly folder?: string | URL;
  /** The largest input, result or scratch that goes through Redis, in bytes; default 1,000,000. */
  readonly redisLimit?: number;
  /** Whether workers may run another version of this library or of Node than this process; default false. */
  readonly mixed?: boolean;
}

const optionNames: OptionNames<QueueOptions> = {
  connection: true,
  name: true,
  run: true,
  keep: true,
  backend: true,
  folder: true,
  redisLimit: true,
  mixed: true,
};

const FN = 'parallel.queue';

/** How often attempts are looked up whose events may have been lost, in milliseconds. */
const LOOK_UP = 2000;

/** How long `close` waits until workers have been told to stop, in milliseconds. */
const STOP_TIMEOUT = 1500;

/** How often an attempt that was told to stop is looked up within this time; after that it is as often as others. */
const LOOKS = 15;

const WEEK = 7 * 24 * 3600;

const STALLED = 'job stalled more than allowable limit';

type Done = Extract<Answer, { readonly _tag: 'Done' }>;

/** Rethrows an error about a value as one of this function. */
const rethrow = (error: unknown): never => {
  throw new Error(`${FN}: ${thrownMessage(error)}`, { cause: error });
};

/** A name that no other run has. */
const ownRun = (): string => crypto.randomUUID();

/** Waits for a call of `wake`, or some time. Calls before the wait count. */
const alarm = () => {
  const state: { rung: boolean; ring?: () => void } = { rung: false };
  return {
    wake: (): void => {
      state.rung = true;
      state.ring?.();
    },
    wait: async (milliseconds: number): Promise<void> => {
      if (!state.rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          state.ring = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      state.rung = false;
    },
  };
};

/** The reply for an attempt that failed without an answer, or none if it is to run again. */
const withoutAnswer = (reason: string): Reply | undefined => {
  if (reason.startsWith(REFUSED)) throw new Error(`${FN}: ${reason.slice(REFUSED.length)}`);
  if (reason === STOPPED) return undefined;
  return reason === STALLED
    ? { _tag: 'WorkerDied', message: 'its worker ended, and so did the one that took it over' }
    : { _tag: 'WorkerDied', message: reason };
};

/** The state of an attempt that was there before and says nothing about the input. */
const isVoid = (standing: Standing): boolean =>
  standing._tag === 'Failed' && (standing.reason.startsWith(REFUSED) || standing.reason === STOPPED);

/**
 * A runner on other processes or machines, through a queue (BullMQ) on Redis 7 or Valkey. Workers, started by
 * `npx tfjs-bayesian work` or by `work`, take the jobs from the queue, and run those of their own modules alone. The results
 * have the bits that `inline` gives on the same backend, however many workers there are and whatever happens to them.
 *
 * All inputs are put into the queue at once (with `ahead`, that many), and stay there while this process or Redis is away.
 * A worker that ends is noticed, and what it ran runs elsewhere, once; after that it is a failure, `WorkerDied`. With `run`, a
 * process that ended can come back and collect. An abort, or leaving the loop, takes the inputs out of the queue again and
 * stops what runs. While Redis is away everything waits; abort to stop that.
 *
 * It needs the packages `bullmq` and `ioredis`.
 *
 * @throws Error for an invalid option, and outside Node. `map` throws, as a rejection, if the packages or Redis are not
 * there, and if a worker refuses a job: since none of its modules exports it, or since it is of another version
 * @example
 * const connection = 'redis://localhost:6379';
 * const runner = parallel.queue({ connection, name: 'sweeps', run: 'first' });
 * // for await (const outcome of runner.map(train, settings, { key })) ...
 * await runner.close();
 */
export const queue = (options: QueueOptions): Runner => {
  const given = knownOptions(FN, options, optionNames);
  const {
    connection,
    name,
    run,
    keep = WEEK,
    backend,
    folder,
    redisLimit = REDIS_LIMIT,
    mixed = false,
  } = given;
  checkQueue(FN, connection, name);
  if (run !== undefined && (typeof run !== 'string' || !/^[\w.-]+$/.test(run)))
    invalidArgument(`${FN}: run`, 'a name of letters, digits, dots, dashes and _', run);
  positiveInteger(`${FN}: keep`, keep);
  if (backend !== undefined && !backends.includes(backend))
    invalidArgument(`${FN}: backend`, backends.map((each) => `'${each}'`).join(', '), backend);
  if (typeof mixed !== 'boolean') invalidArgument(`${FN}: mixed`, 'true or false', mixed);
  const sent = parcels(FN, folder, redisLimit);
  const wrap = (...args: Parameters<Parcels['wrap']>) => sent.wrap(...args).catch(rethrow);
  const unwrap = (...args: Parameters<Parcels['unwrap']>) => sent.unwrap(...args).catch(rethrow);
  const namespace = run ?? ownRun();
  const closing = new AbortController();
  const stopping = new Set<Promise<void>>();
  const shared: { client?: Promise<Client> } = {};

  const opened = (): Promise<Client> => {
    if (closing.signal.aborted)
      throw new Error(`${FN}: the runner must be open to run a job, but was closed`);
    shared.client ??= openClient(FN, connection, name, keep);
    return shared.client;
  };

  /** An attempt as it is put into the queue. */
  const attemptData = async (id: string, what: string, task: Task, timeout: number | undefined) => {
    const { input, attempt, key } = task;
    const scratch = task.scratch && (await wrap(`the scratch of ${what}`, id, 'before', task.scratch));
    const data: AttemptData = {
      ...{ format: FORMAT, input, attempt, key },
      config: await wrap(what, id, 'config', task.config),
      ...(scratch !== undefined && { scratch }),
      ...(timeout !== undefined && { timeout }),
      ...{ backend: backend ?? currentBackend(), kernels: kernelsWanted(), simd: simdInUse() },
      ...(!mixed && { version: thisVersion() }),
    };
    return data;
  };

  /** The reply of an attempt that has ended, or none if it is to run again. */
  const replyTo = async (standing: Ended, what: string, hooks: AttemptHooks): Promise<Reply | undefined> => {
    const answer = standing._tag === 'Answered' ? (standing.answer as Answer) : undefined;
    const failed = standing._tag === 'Failed' ? withoutAnswer(standing.reason) : undefined;
    if (answer?._tag === 'Done') {
      const own = thisBuild(backend ?? currentBackend());
      if (!mixed && answer.build !== own)
        throw new Error(
          `${FN}: the result of ${what} is of ${answer.build}, and this is ${own}, whose last bits may differ; take another run, or mixed: true`,
        );
      return { _tag: 'Done', value: await unwrap(`the result of ${what}`, answer.value) };
    }
    const reply = answer ?? failed;
    const { scratch } = standing.data;
    if (reply !== undefined && scratch !== undefined)
      await hooks.save(await unwrap(`the scratch of ${what}`, scratch));
    return reply;
  };

  /** Removes what nobody needs any more of an attempt that has ended. */
  const tidy = async (client: Client, id: string, standing: Ended, task: Task): Promise<void> => {
    const answer = standing._tag === 'Answered' ? (standing.answer as Partial<Done>) : {};
    const useless = [standing.data.config, standing.progress];
    // What failed under a name is collected with its scratch, which may still be the one that it started with.
    const done = run === undefined || answer._tag === 'Done';
    if (done) useless.push(standing.data.scratch);
    if (run === undefined) useless.push(answer.value);
    for (const each of useless) await sent.remove(each);
    if (done && task.scratch !== undefined) await sent.removeAll(id, ['before']);
    if (run === undefined) await client.remove(id);
  };

  /** Removes what is left of an attempt that was stopped, unless somebody may come back for it. */
  const forget = async (client: Client, id: string): Promise<void> => {
    if (run !== undefined) return;
    const { wake, wait } = alarm();
    const ignore = onAbort(closing.signal, wake);
    try {
      // Its worker takes a moment to stop, or has just ended it.
      for (let look = 0; (await client.standing(id))._tag === 'Pending'; look++)
        await wait(closing.signal.aborted || look < LOOKS ? STOP_TIMEOUT / LOOKS : LOOK_UP);
    } finally {
      ignore();
    }
    await client.remove(id);
    // Also of one that ended while it was taken out of the queue, which says no more what it left.
    await sent.removeAll(id);
  };

  /** Puts an attempt into the queue, unless it is there, until it has an answer. */
  const answered = async (
    client: Client,
    id: string,
    job: string,
    task: Task,
    hooks: AttemptHooks,
    stopped: () => boolean,
    { wait }: ReturnType<typeof alarm>,
  ): Promise<Reply> => {
    const what = `input ${task.input} of ${job}`;
    const state = { first: true };
    for (;;) {
      const standing = await client.standing(id);
      if (stopped()) return { _tag: 'Stopped' };
      if ('data' in standing && !(state.first && isVoid(standing))) {
        const reply = await replyTo(standing, what, hooks);
        if (reply !== undefined) {
          for (const line of await client.log(id)) hooks.log(line);
          await tidy(client, id, standing, task);
          return reply._tag === 'Done' && state.first ? { ...reply, wasThere: true } : reply;
        }
      }
      // Also after Redis has lost it, and after another caller stopped it.
      if ('data' in standing) await client.remove(id);
      if (standing._tag !== 'Pending') {
        const data = await attemptData(id, what, task, hooks.timeout);
        if (stopped()) return { _tag: 'Stopped' };
        await client.add(id, job, data);
      }
      state.first = false;
      await wait(LOOK_UP);
      if (stopped()) return { _tag: 'Stopped' };
    }
  };

  const execute: Execute = async (job, task, hooks) => {
    const client = await opened();
    if (hooks.signal.aborted) return { _tag: 'Stopped' };
    const id = `${namespace}-${await fingerprint(job, task)}-${task.input}-${task.attempt}`;
    const state = { stopped: false };
    const { wake, wait } = alarm();
    const progress = (data: unknown): void => {
      void unwrap('progress', (data as { readonly value?: unknown } | undefined)?.value)
        .then(hooks.progress)
        .catch(() => undefined);
    };
    const answer = answered(client, id, job.name, task, hooks, () => state.stopped, { wake, wait });
    const cleanups: (() => void)[] = [client.listen(id, { wake, progress })];
    const stopped = new Promise<Reply>((resolve) => {
      const stop = (): void => {
        if (state.stopped) return;
        state.stopped = true;
        wake();
        resolve({ _tag: 'Stopped' });
        // After what is on its way to the queue.
        const told = answer
          .then(() => client.stop(id))
          .then(() => forget(client, id))
          .catch(() => undefined);
        stopping.add(told);
        void told.then(() => stopping.delete(told));
      };
      cleanups.push(onAbort(hooks.signal, stop), onAbort(closing.signal, stop));
    });
    try {
      return await Promise.race([stopped, answer]);
    } finally {
      for (const each of cleanups) each();
    }
  };

  return runnerWith(FN, { size: Number.POSITIVE_INFINITY, execute }, async () => {
    closing.abort();
    const client = await shared.client?.catch(() => undefined);
    await within(STOP_TIMEOUT, Promise.all(stopping));
    await client?.close();
  });
};
