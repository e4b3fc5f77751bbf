import { compiledKernels, type KernelModule, kernelNames } from '../kernelModule.ts';
import { type WasmBackend, wasmMemory } from '../wasmBackend.ts';
import { type Kernels, newTable, openRounds, type Rounds } from './jobs.ts';
import { startThread, type Thread } from './start.ts';

/** The threads of a backend, that which calls kernels included. */
export interface Pool {
  /** How many there are now: fewer than were started once one has died. */
  readonly size: () => number;
  /** How many were started. */
  readonly started: number;
  /** How much of the usual smallest part is worth a thread: 1, or less in tests, which cut small work too. */
  readonly grain: number;
  readonly run: (kernel: keyof KernelModule, ...jobsAndScratch: JobsAndScratch) => void;
  /** Ends the threads; resolves when they have ended. */
  readonly stop: () => Promise<void>;
}

type JobsAndScratch = Parameters<Rounds['run']> extends [number, ...infer Rest] ? Rest : never;

const place: unique symbol = Symbol.for('tfjs-bayesian/threads');
type Home = { [place]?: Pool | undefined };

/** The threads of a backend, if it has any. */
export const threadPool = (backend: WasmBackend): Pool | undefined => (backend as Home)[place];

/** How long threads may take to start, in milliseconds. */
const START = 20_000;

const watched: unique symbol = Symbol.for('tfjs-bayesian/stopsThreads');

/** Makes a backend end its threads as it is disposed. */
const stopWithBackend = (backend: WasmBackend): void => {
  if (watched in backend) return;
  const { dispose } = backend;
  Object.defineProperty(backend, watched, { value: true });
  backend.dispose = () => {
    void threadPool(backend)?.stop();
    dispose.call(backend);
  };
};

const allReady = async (threads: readonly Thread[]): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the threads did not start within ${START / 1000} s`)), START);
  });
  try {
    await Promise.race([Promise.all(threads.map(({ ready }) => ready)), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Threads that take jobs, and those of them that live. */
const launch = async (backend: WasmBackend, table: SharedArrayBuffer, size: number): Promise<Set<Thread>> => {
  const { module } = compiledKernels(backend);
  const living = new Set<Thread>();
  try {
    for (let thread = 1; thread < size; thread++)
      living.add(
        startThread({ module, memory: wasmMemory(backend), names: kernelNames(module), table, thread }),
      );
    await allReady([...living]);
  } catch (error) {
    for (const thread of living) thread.terminate();
    throw error;
  }
  for (const thread of living) {
    thread.keepAlive(false);
    void thread.ended.then(() => living.delete(thread));
  }
  return living;
};

/** What tests set otherwise. */
export interface PoolSettings {
  readonly grain?: number;
  /** How long nothing may move before a thread that holds a job counts as dead, in milliseconds. */
  readonly patience?: number;
}

/**
 * Gives a backend threads for its kernels, in place of those it has. Its memory must be shared.
 *
 * @param size the number of threads, that of the caller included
 * @returns the threads, as a promise; a rejection if they cannot start
 */
export const startPool = async (
  backend: WasmBackend,
  size: number,
  { grain = 1, patience = 60_000 }: PoolSettings = {},
): Promise<Pool> => {
  await threadPool(backend)?.stop();
  const { module, exports } = compiledKernels(backend);
  const names = kernelNames(module);
  const numberOf = new Map(names.map((name, at) => [name, at]));
  const table = newTable();
  const living = await launch(backend, table, size);
  if (compiledKernels(backend).module !== module) {
    // Meanwhile the backend was given the kernels of the other build, which all threads must run.
    for (const thread of living) thread.terminate();
    return startPool(backend, size, { grain, patience });
  }
  const home = backend as Home;
  const forget = (): void => {
    if (home[place] === pool) home[place] = undefined;
  };
  const rounds = openRounds(
    names.map((name) => exports[name as keyof KernelModule]) as unknown as Kernels,
    table,
    patience,
    () => {
      forget();
      for (const thread of living) thread.terminate();
    },
  );
  const pool: Pool = {
    size: () => living.size + 1,
    started: size,
    grain,
    run: (kernel, ...jobsAndScratch) => rounds.run(numberOf.get(kernel)!, ...jobsAndScratch),
    stop: async () => {
      forget();
      const ending = [...living];
      for (const thread of ending) thread.keepAlive(true);
      rounds.end();
      await Promise.all(ending.map(({ ended }) => ended));
    },
  };
  // Others may have been started meanwhile.
  void threadPool(backend)?.stop();
  home[place] = pool;
  stopWithBackend(backend);
  return pool;
};
