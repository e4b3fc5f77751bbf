import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { useBackend, useKernels } from '../backend/index.ts';
import { describe, invalidArgument, thrownMessage } from '../check/index.ts';
import { thisVersion } from './build.ts';
import { buffersIn } from './encode.ts';
import { isJob, type Job } from './job.ts';
import { GRACE } from './outcomes.ts';
import {
  type Abortable,
  METHOD,
  type WorkerAnswer,
  type WorkerRequest,
  type WorkerSetup,
  workerPool,
} from './protocol.ts';
import { runTask } from './runTask.ts';

const place: unique symbol = Symbol.for('tfjs-bayesian/worker');

/** Stored on the engine, which all loaded copies of this library share. */
const home = () => tf.engine() as ReturnType<typeof tf.engine> & { [place]?: boolean };

/** Whether this thread is a worker. */
export const isWorker = (): boolean => home()[place] === true;

/** Finds an export of a module; rejects if there is no such module. */
type Find = (module: string, name: string) => Promise<unknown>;

/** The job that is asked for, or why there is none. */
const found = async (
  find: Find,
  { module, name }: WorkerRequest,
): Promise<E.Either<string, Job<never, unknown>>> => {
  try {
    const exported = await find(module, name);
    return isJob(exported) && exported.name === name
      ? E.right(exported)
      : E.left(
          `the job '${name}' must be exported under this name by ${module}, got ${describe(exported)}; a function that a module does not export may close over variables that a worker does not have`,
        );
  } catch (error) {
    return E.left(
      `a worker cannot import ${module}, the module of the job '${name}': ${thrownMessage(error)}`,
    );
  }
};

/** Starts the backend; the result says why the worker cannot be used. */
const setUp = async ({
  backend,
  backendOptions,
  kernels,
  version,
}: WorkerSetup): Promise<string | undefined> => {
  const own = thisVersion();
  if (version !== undefined && version !== own)
    return `a worker is ${own} and this thread ${version}, whose results may differ in the last bits; mixed: true allows it`;
  useKernels(kernels);
  // The cores are shared out among the workers.
  const started = await useBackend(backend, { threads: 1, ...backendOptions })();
  if (E.isLeft(started)) return `a worker has no backend: ${started.left.message}`;
  // The backend cpu advertises TensorFlow.js's package for Node on its first use: once in the caller's thread is enough.
  Object.assign(tf.backend(), { firstUse: false });
  return undefined;
};

/**
 * Calls `f` as in a thread of Node. A thread of Bun has the globals of a Web Worker too, from which workerpool takes it for one, but
 * it is sent no messages there (Bun 1.4.5).
 */
const asInNode = (f: () => void): void => {
  const isBun = typeof process !== 'undefined' && 'bun' in process.versions;
  const { addEventListener } = globalThis;
  if (isBun) Reflect.set(globalThis, 'addEventListener', undefined);
  try {
    f();
  } finally {
    if (isBun) Reflect.set(globalThis, 'addEventListener', addEventListener);
  }
};

/** Makes this thread a worker that runs the jobs that `find` finds, one at a time. */
export const listen = async (find: Find): Promise<void> => {
  home()[place] = true;
  const { worker, workerEmit, Transfer } = await workerPool();
  const state: { ready?: Promise<string | undefined>; listening: boolean } = { listening: false };
  const current: { stop?: AbortController; ended?: Promise<unknown> } = {};
  const answer = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    state.ready ??= setUp(request.setup);
    const refused = await state.ready;
    if (refused !== undefined) return { _tag: 'Refused', message: refused };
    const job = await found(find, request);
    if (E.isLeft(job)) return { _tag: 'Refused', message: job.left };
    const reports = {
      progress: (value) => workerEmit({ _tag: 'Progress', value }),
      log: (line) => workerEmit({ _tag: 'Log', line }),
      save: (value) => workerEmit({ _tag: 'Saved', value }),
    } satisfies Parameters<typeof runTask>[2];
    const stop = new AbortController();
    workerEmit({ _tag: 'Started' });
    current.stop = stop;
    const ended = runTask(job.right, request.task, reports, stop.signal);
    current.ended = ended;
    return ended;
  };
  async function run(this: Abortable, request: WorkerRequest): Promise<object> {
    // A listener stays until it has been called.
    if (!state.listening)
      this.worker.addAbortListener(async () => {
        state.listening = false;
        current.stop?.abort();
        await current.ended;
        workerEmit({ _tag: 'Ended' });
      });
    state.listening = true;
    const answered = await answer(request);
    return new Transfer(answered, answered._tag === 'Done' ? buffersIn([answered.value]) : []);
  }
  asInNode(() => worker({ [METHOD]: run }, { abortListenerTimeout: GRACE }));
};

/**
 * Makes a script the worker of `threads({ worker })`, which runs these jobs and no others. A browser needs such a script,
 * since a bundler must find it; in Node, a program that is bundled into one file does.
 *
 * @param jobs the jobs by name, such as a module imported with `import * as jobs`
 * @throws Error, as a rejection, if a job is not under its own name
 * @example
 * // In worker.ts, with `import * as jobs from './jobs.ts'`:
 * // await parallel.serve(jobs);
 * await parallel.serve({}).catch(({ message }) => console.log(message));
 * // parallel.serve: jobs must be a record with at least one job, got an empty object
 */
export const serve = async (jobs: Readonly<Record<string, unknown>>): Promise<void> => {
  const own = Object.entries(jobs).filter(([, value]) => isJob(value)) as [string, Job<never, unknown>][];
  if (own.length === 0) invalidArgument('parallel.serve: jobs', 'a record with at least one job', jobs);
  const misnamed = own.find(([name, job]) => name !== job.name);
  if (misnamed !== undefined)
    invalidArgument(`parallel.serve: jobs.${misnamed[0]}`, 'a job of this name', misnamed[1].name);
  const byName = new Map<string, unknown>(own);
  await listen(async (_, name) => byName.get(name));
};
