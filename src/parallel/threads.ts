import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, UseBackendOptions } from '../backend/index.ts';
import { kernelsWanted } from '../backend/useKernels.ts';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  thrownMessage,
} from '../check/index.ts';
import { node } from '../files/index.ts';
import { simdInUse } from '../kernels/wasm/useSimd.ts';
import { thisVersion } from './build.ts';
import { buffersIn } from './encode.ts';
import {
  type AttemptHooks,
  type Engine,
  type Execute,
  GRACE,
  onAbort,
  type Reply,
  runnerWith,
  slot,
  withinGrace,
} from './outcomes.ts';
import { METHOD, type Pool, type WorkerEvent, type WorkerSetup, workerPool } from './protocol.ts';
import type { Runner } from './runner.ts';
import { isWorker } from './serve.ts';

/** Options of `threads`. */
export interface ThreadsOptions {
  /** The number of threads; default the number of cores. */
  readonly size?: number;
  /** The backend that each thread starts; default that of this thread, or `'wasm'` if it has none of the three. */
  readonly backend?: BackendName | 'auto';
  /**
   * Options for the start of the backend, as for `useBackend`, but kernels use one thread unless `threads` is given, and are of
   * this thread's build unless `simd` is.
   */
  readonly backendOptions?: UseBackendOptions;
  /**
   * The address of a script that calls `serve`, for threads that run the jobs it serves. Needed in a browser, and in a program
   * that is bundled into one file. By default, threads of Node import the modules of the jobs.
   */
  readonly worker?: string | URL;
  /** Whether threads may run another version of this library than this thread; default false. */
  readonly mixed?: boolean;
}

const optionNames: OptionNames<ThreadsOptions> = {
  size: true,
  backend: true,
  backendOptions: true,
  worker: true,
  mixed: true,
};

/** The number of cores of this machine. */
export const cores = (): number => {
  const os = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
};

/** The backends that threads can start. */
export const backends = ['webgpu', 'wasm', 'cpu'] as const;

/** The backend of this thread, or the one to start if it has none of the three. */
export const currentBackend = (): BackendName => backends.find((name) => name === tf.getBackend()) ?? 'wasm';

/** This file as it is built: its URL, or its path in the CommonJS build. */
const here = (): string => import.meta.url;

/** A script, as workerpool takes it: a path in Node, else a URL. */
const scriptAt = (worker: string | URL): string => {
  const system = node();
  if (system === undefined) return String(worker);
  const path = String(worker).startsWith('file:')
    ? system.url.fileURLToPath(worker)
    : system.path.resolve(String(worker));
  return system.fs.existsSync(path)
    ? path
    : invalidArgument('parallel.threads: worker', 'the script of a worker, which calls serve', path);
};

/** The script beside this file as it is built, which a program bundled into one file does not have. */
const ownScript = (): string => {
  const { path } = node()!;
  return scriptAt(path.join(path.dirname(scriptAt(here())), 'parallelWorker.mjs'));
};

/** What a program's own script is run with, and a worker's cannot be. */
const inherited = (): readonly string[] =>
  typeof process === 'undefined'
    ? []
    : process.execArgv.filter((each) => !/^--(input-type|eval|print)/.test(each));

/** The reason of workerpool's error, without the lines about its own state. */
const deathMessage = (error: unknown): string => {
  const message = thrownMessage(error);
  const code = /exitCode: `(\d+)`/.exec(message)?.[1];
  return code === undefined
    ? message.replace(/^Workerpool Worker error: /, 'its thread ended: ')
    : `its thread ended with exit code ${code}`;
};

/** How long a thread may take until it runs its first job, in milliseconds. */
const START = 60_000;

/** A reply if a thread does not start in time, as a script that does not call `serve` never does. */
const silence = () => {
  const reply = slot<Reply>();
  const state = { started: false };
  const message = `its thread did not start within ${START / 1000} s: does its script call serve?`;
  const timer = setTimeout(() => {
    // If this thread was busy, messages from the other wait behind this timer.
    setTimeout(() => {
      if (!state.started) reply.resolve({ _tag: 'WorkerDied', message });
    }, 1000);
  }, START);
  return {
    reply: reply.promise,
    end: () => {
      state.started = true;
      clearTimeout(timer);
    },
  };
};

/** A thread, or none until there is work for it. */
interface Thread {
  pool: Pool | undefined;
}

/** The threads that wait for work, and the attempts that wait for a thread. */
const lender = (size: number) => {
  const free: Thread[] = Array.from({ length: size }, () => ({ pool: undefined }));
  const waiting: ((thread: Thread) => void)[] = [];
  return {
    /** The thread that was used last, so that few of them are started. */
    take: (): Promise<Thread> => {
      const thread = free.pop();
      return thread === undefined
        ? new Promise((resolve) => {
            waiting.push(resolve);
          })
        : Promise.resolve(thread);
    },
    giveBack: (thread: Thread): void => {
      const next = waiting.shift();
      if (next === undefined) free.push(thread);
      else next(thread);
    },
  };
};

const relay = (
  { started, progress, log, save }: AttemptHooks,
  event: Exclude<WorkerEvent, { readonly _tag: 'Ended' }>,
): void | Promise<void> => {
  switch (event._tag) {
    case 'Started':
      return started();
    case 'Progress':
      return progress(event.value);
    case 'Log':
      return log(event.line);
    case 'Saved':
      return save(event.value);
  }
};

/** An engine on threads, which live until `close`. */
export interface ThreadEngine {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

/**
 * Threads that run a script, for the function `fn`; by default the one beside this file, which imports the modules of the jobs.
 *
 * @example
 * const { engine, close } = threadEngine('parallel.threads', 2, undefined, () => setup);
 */
export const threadEngine = (
  fn: string,
  size: number,
  worker: string | URL | undefined,
  setup: () => WorkerSetup,
): ThreadEngine => {
  const script = worker === undefined ? undefined : scriptAt(worker);
  const { take, giveBack } = lender(size);
  const running = new Set<Pool>();
  const state = { closed: false };

  const assertOpen = (): void => {
    if (state.closed) throw new Error(`${fn}: the runner must be open to run a job, but was closed`);
  };

  const opened = async (thread: Thread): Promise<Pool> => {
    if (thread.pool !== undefined) return thread.pool;
    const { pool } = await workerPool();
    assertOpen();
    // One pool for each thread: workerpool 10 does not go on with its queue after a worker that ended by itself.
    const made = pool(script ?? ownScript(), {
      maxWorkers: 1,
      workerType: node() === undefined ? 'web' : 'thread',
      workerTerminateTimeout: GRACE,
      workerOpts: { type: 'module' },
      workerThreadOpts: { execArgv: inherited() },
    });
    running.add(made);
    thread.pool = made;
    return made;
  };

  /** Ends a thread, whose place is then empty. */
  const end = async (thread: Thread, pool: Pool): Promise<void> => {
    if (thread.pool === pool) thread.pool = undefined;
    // What ended by itself never says that it has ended.
    await Promise.resolve(pool.terminate(true, 4 * GRACE)).catch(() => undefined);
    running.delete(pool);
  };

  const execute: Execute = async ({ module, name }, task, hooks) => {
    const thread = await take();
    try {
      assertOpen();
      if (hooks.signal.aborted) return { _tag: 'Stopped' };
      const pool = await opened(thread);
      const [ended, silent] = [slot<void>(), silence()];
      const asked = pool.exec(METHOD, [{ module, name, task, setup: setup() }], {
        on: (event) => {
          silent.end();
          if (event._tag === 'Ended') ended.resolve();
          else void relay(hooks, event);
        },
        transfer: buffersIn([task.config]),
      });
      const stopped = new Promise<Reply>((resolve) => {
        onAbort(hooks.signal, () => {
          resolve({ _tag: 'Stopped' });
          // Rejects at once, so after it.
          asked.cancel();
        });
      });
      const answered = asked.then(
        (answer) => answer,
        (error: unknown): Reply => ({ _tag: 'WorkerDied', message: deathMessage(error) }),
      );
      const first = await Promise.race([stopped, answered, silent.reply]);
      silent.end();
      const reply: typeof first = first._tag === 'WorkerDied' && state.closed ? { _tag: 'Stopped' } : first;
      if (reply._tag === 'Refused') throw new Error(`${fn}: ${reply.message}`);
      if (reply._tag === 'WorkerDied') void end(thread, pool);
      if (reply._tag === 'Stopped') {
        if (!state.closed) await withinGrace(ended.promise);
        void end(thread, pool);
      }
      return reply;
    } finally {
      giveBack(thread);
    }
  };

  const close = async (): Promise<void> => {
    state.closed = true;
    await Promise.all([...running].map((pool) => end({ pool }, pool)));
  };
  return { engine: { size, execute, sharesMemory: true }, close };
};

/**
 * A runner on threads of this machine: worker threads in Node, Web Workers in a browser. Each starts its backend, and runs
 * one job at a time with kernels on one thread. Tensors travel as memory that is handed over. The results have the bits that
 * `inline` gives on the same backend, whatever the number of threads.
 *
 * Threads start when there is work, and live until `close`: call it, or the program does not end. A thread that ends, such
 * as by `process.exit` or for want of memory, is a failure of its input alone, and the next input gets a new one. An aborted
 * job, or one whose time is over, has half a second to end, and its thread is then stopped.
 *
 * In Node, a thread imports the module of the job, so keep jobs in modules that do nothing else: a program that calls
 * `threads` itself is refused there.
 *
 * @throws Error for an invalid option, in a browser without `worker`, and inside a worker. `map` throws, as a rejection,
 * if the threads do not find the job, have no backend or are of another version
 * @example
 * const runner = parallel.threads({ size: 2 });
 * // for await (const outcome of runner.map(train, settings, { key })) ...
 * await runner.close();
 */
export const threads = (options: ThreadsOptions = {}): Runner => {
  const given = knownOptions('parallel.threads', options, optionNames);
  const { size = cores(), backend, backendOptions = {}, mixed = false } = given;
  positiveInteger('parallel.threads: size', size);
  const names = [...backends, 'auto'] as const;
  if (backend !== undefined && !names.includes(backend))
    invalidArgument('parallel.threads: backend', names.map((name) => `'${name}'`).join(', '), backend);
  if (typeof mixed !== 'boolean') invalidArgument('parallel.threads: mixed', 'true or false', mixed);
  if (isWorker())
    throw new Error(
      'parallel.threads: a worker must not start threads of its own: if its job does not, then the module of the job does, so put jobs into a module of their own',
    );
  if (given.worker === undefined && node() === undefined)
    invalidArgument(
      'parallel.threads: worker',
      'given in a browser: the URL of a script that calls serve',
      given.worker,
    );
  const { engine, close } = threadEngine('parallel.threads', size, given.worker, () => ({
    backend: backend ?? currentBackend(),
    backendOptions: { simd: simdInUse(), ...backendOptions },
    kernels: kernelsWanted(),
    version: mixed ? undefined : thisVersion(),
  }));
  return runnerWith('parallel.threads', engine, close);
};
