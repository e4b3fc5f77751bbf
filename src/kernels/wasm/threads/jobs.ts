// What the threads of a backend share beside its memory: a table of jobs. All jobs of a round call the same compiled kernel,
// each with numbers of its own, and whoever is free takes the next one, the calling thread included.

/** The most jobs of a round. */
export const MOST_JOBS = 256;

/** The most numbers that a kernel takes. */
const MOST_NUMBERS = 24;

/** The places of the table's first integers. */
const at = {
  /** Counts the rounds; negative once the threads are to end. */
  round: 0,
  /** The next job to take in its low 16 bits, and above them the low bits of the round it belongs to. */
  next: 1,
  count: 2,
  done: 3,
  /** The number of threads that sleep. */
  sleepers: 4,
  kernel: 5,
  numbers: 6,
  /** Written by nobody: what a thread may wait for is tried on it. */
  unused: 7,
  states: 16,
} as const;

/** What the low bits of `next` hold while a round is written: no job. */
const CLOSED = 0xffff;

const DONE = 1;
const FAILED = 2;

/** The doubles begin with two for the scratch; the numbers of each job follow. */
const SCRATCH = 2;

const integerBytes = 4 * (at.states + MOST_JOBS);
const tableBytes = integerBytes + 8 * (SCRATCH + MOST_JOBS * MOST_NUMBERS);

/** Compiled kernels, in an order that all threads share. */
export type Kernels = readonly ((...numbers: number[]) => unknown)[];

/** A table for a backend's threads. */
export const newTable = (): SharedArrayBuffer => new SharedArrayBuffer(tableBytes);

/** The scratch of a round: that of thread n begins n times `stride` bytes after `first`. Without scratch both are 0. */
export interface Scratch {
  readonly first: number;
  readonly stride: number;
}

/** How often a thread looks for a new round before it sleeps: some ten microseconds, the time between two kernels. */
const LOOKS = 2000;

/** How often the calling thread looks whether a round has ended before it sleeps. */
const WAITS = 20_000;

/** The longest sleep of the calling thread in one piece, in milliseconds. */
const LONGEST_PAUSE = 100;

const views = (table: SharedArrayBuffer) => ({
  integers: new Int32Array(table, 0, at.states + MOST_JOBS),
  doubles: new Float64Array(table, integerBytes),
});

/** Takes jobs until none is left. A kernel that throws leaves its job marked as failed. */
const taker = (kernels: Kernels, table: SharedArrayBuffer, thread: number) => {
  const { integers, doubles } = views(table);
  const perform = (job: number): void => {
    const numbers: number[] = [];
    const [from, count] = [SCRATCH + job * MOST_NUMBERS, integers[at.numbers]!];
    for (let number = 0; number < count; number++) numbers.push(doubles[from + number]!);
    if (doubles[1]! > 0) numbers.push(doubles[0]! + thread * doubles[1]!);
    kernels[integers[at.kernel]!]!(...numbers);
  };
  const take = (): void => {
    for (;;) {
      const next = Atomics.load(integers, at.next);
      const job = next & 0xffff;
      const count = Atomics.load(integers, at.count);
      if (job >= count) return;
      if (Atomics.compareExchange(integers, at.next, next, next + 1) !== next) continue;
      let state = DONE;
      try {
        perform(job);
      } catch {
        state = FAILED;
      }
      Atomics.store(integers, at.states + job, state);
      if (Atomics.add(integers, at.done, 1) + 1 === count) Atomics.notify(integers, at.done);
    }
  };
  return { take, perform };
};

/** The life of a thread: takes jobs of each round, and sleeps where there is none for a while. */
export const serveJobs = (kernels: Kernels, table: SharedArrayBuffer, thread: number): void => {
  const { integers } = views(table);
  const { take } = taker(kernels, table, thread);
  for (;;) {
    const round = Atomics.load(integers, at.round);
    if (round < 0) return;
    take();
    for (let look = 0; look < LOOKS && Atomics.load(integers, at.round) === round; look++);
    Atomics.add(integers, at.sleepers, 1);
    Atomics.wait(integers, at.round, round);
    Atomics.sub(integers, at.sleepers, 1);
  }
};

/** The calling thread's side of a table. */
export interface Rounds {
  /**
   * Runs a kernel once for each list of numbers, on all threads, and returns when all have ended.
   *
   * @throws what the kernel throws
   */
  readonly run: (kernel: number, jobs: readonly (readonly number[])[], scratch: Scratch) => void;
  /** Ends the threads. */
  readonly end: () => void;
}

/** Whether this thread may sleep: that of a page may not. */
const maySleep = (integers: Int32Array): boolean => {
  try {
    Atomics.wait(integers, at.unused, 1, 0);
    return true;
  } catch {
    return false;
  }
};

/**
 * Rounds of jobs on a table. The calling thread takes jobs as well, so that a thread that does not come is not missed. If
 * nothing moves for `patience` milliseconds, a thread has died with a job in its hands: `lost` then stops all of them, and the
 * calling thread does what is left.
 */
export const openRounds = (
  kernels: Kernels,
  table: SharedArrayBuffer,
  patience: number,
  lost: () => void,
): Rounds => {
  const { integers, doubles } = views(table);
  const { take, perform } = taker(kernels, table, 0);
  const sleeps = maySleep(integers);

  /** Waits some milliseconds, or until the number of finished jobs is another one; returns how long. */
  const pause = (done: number): number => {
    const began = performance.now();
    if (sleeps) Atomics.wait(integers, at.done, done, LONGEST_PAUSE);
    else
      while (Atomics.load(integers, at.done) === done && performance.now() - began < LONGEST_PAUSE)
        for (let look = 0; look < LOOKS && Atomics.load(integers, at.done) === done; look++);
    // A machine that was asleep does not count.
    return Math.min(performance.now() - began, LONGEST_PAUSE);
  };

  const wait = (count: number): void => {
    for (let look = 0; look < WAITS; look++) if (Atomics.load(integers, at.done) === count) return;
    let waited = 0;
    for (let done = Atomics.load(integers, at.done); done < count; ) {
      waited += pause(done);
      const now = Atomics.load(integers, at.done);
      if (now !== done) waited = 0;
      done = now;
      if (done < count && waited >= patience) {
        lost();
        pause(done);
        return;
      }
    }
  };

  const run: Rounds['run'] = (kernel, jobs, { first, stride }) => {
    const round = (integers[at.round]! + 1) & 0x3fffffff;
    const bits = (round & 0x7fff) << 16;
    // Closed while it is written: a late thread must not take a job by the old count.
    Atomics.store(integers, at.next, bits | CLOSED);
    Atomics.store(integers, at.count, jobs.length);
    Atomics.store(integers, at.done, 0);
    integers[at.kernel] = kernel;
    integers[at.numbers] = jobs[0]!.length;
    doubles[0] = first;
    doubles[1] = stride;
    jobs.forEach((numbers, job) => {
      integers[at.states + job] = 0;
      doubles.set(numbers, SCRATCH + job * MOST_NUMBERS);
    });
    Atomics.store(integers, at.next, bits);
    Atomics.store(integers, at.round, round);
    if (Atomics.load(integers, at.sleepers) > 0) Atomics.notify(integers, at.round, jobs.length - 1);
    take();
    wait(jobs.length);
    // What failed fails here once more, and throws.
    jobs.forEach((_, job) => {
      if (Atomics.load(integers, at.states + job) !== DONE) perform(job);
    });
  };

  const end = (): void => {
    Atomics.store(integers, at.round, -1);
    Atomics.notify(integers, at.round);
  };
  return { run, end };
};
