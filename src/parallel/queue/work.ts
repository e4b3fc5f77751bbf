import type { Job as BullJob, QueueEventsListener } from 'bullmq';
import type { UseBackendOptions } from '../../backend/index.ts';
import {
  invalidArgument,
  knownOptions,
  listed,
  type OptionNames,
  positiveInteger,
  thrownMessage,
} from '../../check/index.ts';
import { node } from '../../files/index.ts';
import { simdFor } from '../../kernels/wasm/simd.ts';
import { thisBuild, thisVersion } from '../build.ts';
import { isJob, type Job } from '../job.ts';
import { loadModule } from '../loadModule.ts';
import { attempt, type Reply } from '../outcomes.ts';
import type { Task } from '../runTask.ts';
import { cores, type ThreadEngine, threadEngine } from '../threads.ts';
import { type Answer, type AttemptData, isAttempt, REFUSED, STOP, STOPPED } from './message.ts';
import { parcels, REDIS_LIMIT } from './parcel.ts';
import { checkQueue, connected, type RedisConnection } from './redis.ts';

/** Options of `work`. */
export interface WorkOptions {
  /** Where Redis or Valkey is: a URL such as `'redis://localhost:6379'`, or options of ioredis. */
  readonly connection: RedisConnection;
  /** The name of the queue. */
  readonly name: string;
  /** The modules whose jobs may run here, as paths or `file:` URLs: nothing else does, whatever the queue says. */
  readonly jobs?: readonly (string | URL)[];
  /** In place of `jobs`, a script that calls `serve`, for a program that is bundled into one file. */
  readonly worker?: string | URL;
  /** The number of threads, each of which runs one job at a time; default the number of cores. */
  readonly size?: number;
  /**
   * Options for the start of a thread's backend, as for `useBackend`, but kernels use one thread unless `threads` is given, and
   * are of the caller's build unless `simd` is.
   */
  readonly backendOptions?: UseBackendOptions;
  /** The folder that `queue` has too, as a path or URL, for values that are too large for Redis. */
  readonly folder?: string | URL;
  /** The largest result or scratch that goes through Redis, in bytes; default 1,000,000. */
  readonly redisLimit?: number;
  /**
   * How long a job stays this worker's own without a sign of life, in milliseconds; default 30,000. The job of a worker that
   * ends runs elsewhere after one to three times this. The time of a job has no limit by it.
   */
  readonly lock?: number;
  /** Receives a line for each job that starts or ends, and for errors; default nothing. */
  readonly log?: (line: string) => void;
}

const optionNames: OptionNames<WorkOptions> = {
  connection: true,
  name: true,
  jobs: true,
  worker: true,
  size: true,
  backendOptions: true,
  folder: true,
  redisLimit: true,
  lock: true,
  log: true,
};

/** A worker of a queue. */
export interface QueueWorker {
  /** The names of the jobs that it runs; none if a script serves them. */
  readonly jobs: readonly string[];
  /** Stops: what runs is aborted, and goes back into the queue for another worker. */
  readonly close: () => Promise<void>;
}

const FN = 'parallel.work';

/** How long BullMQ waits after an error of the connection, in milliseconds. */
const RETRY_DELAY = 1000;

interface StopListener extends QueueEventsListener {
  readonly [STOP]: (event: { readonly jobId: string }) => void;
}

/** The URL of a module: that of a path is relative to the working folder. */
const moduleAddress = (place: string | URL): string => {
  const { path, url } = node()!;
  return /^file:/.test(String(place)) ? String(place) : url.pathToFileURL(path.resolve(String(place))).href;
};

/** The jobs of modules: for each name the URL of its module. */
const jobsIn = async (modules: readonly (string | URL)[]): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const place of modules) {
    const address = moduleAddress(place);
    const exported = await loadModule(address).catch((error: unknown) => {
      throw new Error(`${FN}: jobs must be modules, got ${String(place)}: ${thrownMessage(error)}`, {
        cause: error,
      });
    });
    const names = Object.entries(exported).filter(([name, value]) => isJob(value) && value.name === name);
    if (names.length === 0)
      invalidArgument(`${FN}: jobs`, 'modules that export jobs under their names', String(place));
    for (const [name] of names) {
      const other = found.get(name);
      if (other !== undefined && other !== address)
        throw new Error(`${FN}: jobs must have different names, got '${name}' in ${other} and in ${address}`);
      found.set(name, address);
    }
  }
  return found;
};

/** What the engine of threads needs of a job, which its own thread imports. */
const remote = (module: string, name: string): Job<never, unknown> => ({
  ...{ _tag: 'Job', module, name },
  run: () => Promise.reject(new Error('a job runs in a thread')),
});

/** Runs one after another, and remembers the first error. */
const sequence = () => {
  const state: { last: Promise<void>; error?: unknown } = { last: Promise.resolve() };
  return {
    add: (write: () => Promise<unknown>): void => {
      state.last = state.last.then(write).then(
        () => undefined,
        (error: unknown) => {
          state.error ??= error;
        },
      );
    },
    end: async (): Promise<void> => {
      await state.last;
      if (state.error !== undefined) throw state.error;
    },
  };
};

/**
 * Makes this process a worker of a queue, until `close`. It takes attempts from the queue and runs them on threads, as many
 * at a time as it has. This thread keeps the jobs' locks, so a job may compute for as long as it takes.
 *
 * It runs the jobs of the modules that it is given, and finds them by name; it refuses all other jobs, by name. The command
 * `npx tfjs-bayesian work --queue NAME --redis URL --jobs MODULE` does the same.
 *
 * @throws Error, as a rejection, for an invalid option, for a module that has no jobs or cannot be imported, and if the
 * packages `bullmq` and `ioredis` or Redis are not there
 * @example
 * const connection = { port: 1, connectTimeout: 100 };
 * const working = parallel.work({ connection, name: 'sweeps', jobs: ['none.js'] });
 * await working.catch(({ message }) => message);
 * // 'parallel.work: jobs must be modules, got none.js: Cannot find module ...'
 */
export const work = async (options: WorkOptions): Promise<QueueWorker> => {
  const given = knownOptions(FN, options, optionNames);
  const { connection, name, size = cores(), lock = 30_000, folder, redisLimit = REDIS_LIMIT } = given;
  const { backendOptions = {}, log = () => undefined } = given;
  checkQueue(FN, connection, name);
  positiveInteger(`${FN}: size`, size);
  positiveInteger(`${FN}: lock`, lock);
  if (typeof log !== 'function') invalidArgument(`${FN}: log`, 'a function of a line', log);
  if ((given.jobs === undefined) === (given.worker === undefined))
    invalidArgument(`${FN}: jobs`, 'a list of modules, or else worker a script', given.jobs);
  if (given.jobs !== undefined && (!Array.isArray(given.jobs) || given.jobs.length === 0))
    invalidArgument(`${FN}: jobs`, 'a list of modules', given.jobs);
  const { wrap, unwrap } = parcels(FN, folder, redisLimit);
  const jobs = await jobsIn(given.jobs ?? []);
  const own = thisVersion();
  const engines = new Map<string, ThreadEngine>();

  /** Threads on a backend, which live on. */
  const threadsOn = ({ backend, kernels, simd }: AttemptData): ThreadEngine => {
    const key = `${backend} ${kernels} ${simd}`;
    const made =
      engines.get(key) ??
      threadEngine(FN, size, given.worker, () => ({
        ...{ backend, kernels, version: own },
        backendOptions: { simd, ...backendOptions },
      }));
    engines.set(key, made);
    return made;
  };

  /** The build that an attempt runs on. */
  const buildOf = ({ backend, kernels, simd }: AttemptData): string =>
    thisBuild(backend, kernels, simdFor(backendOptions.simd ?? simd));

  const { bullmq, clients, options: shared, close } = await connected(FN, connection, 2);
  const state = { closing: false };

  const refuse = (message: string): never => {
    throw new bullmq.UnrecoverableError(`${REFUSED}${message}`);
  };

  /** Rejects what must not run here. */
  const admitted = ({ name: job, data }: BullJob<unknown>): readonly [string, AttemptData] => {
    if (!isAttempt(data)) return refuse(`'${job}' is not a job of tfjs-bayesian`);
    if (data.version !== undefined && data.version !== own)
      return refuse(
        `a worker is ${own} and the caller ${data.version}, whose results may differ in the last bits; mixed: true allows it`,
      );
    const module = given.worker === undefined ? jobs.get(job) : moduleAddress(given.worker);
    return module === undefined
      ? refuse(
          `a worker runs ${listed([...jobs.keys()])}, and not '${job}': start it with the module of this job`,
        )
      : [module, data];
  };

  const answerFor = async (
    id: string,
    what: string,
    reply: Exclude<Reply, { readonly _tag: 'Stopped' }>,
    build: string,
  ): Promise<Answer> => {
    if (reply._tag !== 'Done') return reply;
    try {
      return { _tag: 'Done', value: await wrap(`the result of ${what}`, id, 'result', reply.value), build };
    } catch (error) {
      return { _tag: 'Threw', message: thrownMessage(error) };
    }
  };

  /** Runs one attempt; it fails if it is not to be answered. */
  const processed = async (job: BullJob, token?: string, signal?: AbortSignal): Promise<Answer> => {
    const [module, data] = admitted(job);
    const id = job.id!;
    const { input, key, timeout } = data;
    const what = `input ${input} of ${job.name}`;
    const read = async (part: string, parcel: unknown) =>
      unwrap(part, parcel).catch((error: unknown) => refuse(thrownMessage(error)));
    const scratch =
      data.scratch === undefined ? undefined : await read(`the scratch of ${what}`, data.scratch);
    const task: Task = { input, attempt: data.attempt, key, config: await read(what, data.config), scratch };
    const writes = sequence();
    const reports: Parameters<typeof attempt>[3] = {
      log: (line) => writes.add(() => job.log(line)),
      progress: (value) =>
        writes.add(async () => job.updateProgress({ value: await wrap('progress', id, 'progress', value) })),
      save: (value) =>
        writes.add(async () => {
          const saved = await wrap(`the scratch of ${what}`, id, 'scratch', value);
          await job.updateData({ ...data, scratch: saved });
        }),
    };
    log(`${what} starts, attempt ${data.attempt}`);
    const { execute } = threadsOn(data).engine;
    const aborts = signal ?? new AbortController().signal;
    const reply = await attempt(execute, remote(module, job.name), task, reports, aborts, timeout).catch(
      (error: unknown) => refuse(thrownMessage(error).replace(`${FN}: `, '')),
    );
    // A job whose scratch cannot be stored has not lost its result.
    await writes.end().catch((error: unknown) => log(`${what}: ${thrownMessage(error)}`));
    log(`${what} ends: ${reply._tag}`);
    if (reply._tag !== 'Stopped') return answerFor(id, what, reply, buildOf(data));
    if (!state.closing) throw new bullmq.UnrecoverableError(STOPPED);
    await job.moveToWait(token);
    throw new bullmq.WaitingError();
  };

  const worker = new bullmq.Worker(name, (job, token, signal) => processed(job, token, signal), {
    ...shared(clients[0]!),
    ...{ concurrency: size, lockDuration: lock, stalledInterval: lock, runRetryDelay: RETRY_DELAY },
  });
  const events = new bullmq.QueueEvents(name, shared(clients[1]!));
  worker.on('error', (error) => log(thrownMessage(error)));
  events.on('error', () => undefined);
  // Its job runs elsewhere by now.
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id);
  });
  worker.on('failed', (job, error) => {
    if (error.message === STOPPED) void job?.remove().catch(() => undefined);
  });
  events.on<StopListener>(STOP, ({ jobId }: { readonly jobId: string }) => void worker.cancelJob(jobId));
  await worker.waitUntilReady();
  return Object.freeze({
    jobs: [...jobs.keys()],
    close: async () => {
      state.closing = true;
      worker.cancelAllJobs();
      await close([worker, events]);
      await Promise.all([...engines.values()].map((each) => each.close()));
    },
  });
};
