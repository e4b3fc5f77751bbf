import type { parallel } from 'tfjs-bayesian';
import { median } from '../statistics.ts';
import { now, type Ran } from './clock.ts';

/** Where the time of one run went, in milliseconds; one after the other they are the run. */
export interface Spans {
  /** Until the runner is asked: parameters and batch are written into shared memory. */
  readonly before: number;
  /** From there until the first job runs: messages, decoding. */
  readonly there: number;
  /** While jobs run, on the thread that computes longest. */
  readonly busy: number;
  /** What other threads take longer, and between the jobs of a thread. */
  readonly between: number;
  /** From the end of the last job until its result is here: encoding, messages, decoding. */
  readonly back: number;
  /** From there on: adding gradients and the optimizer, or predictive statistics. */
  readonly after: number;
  /** Of all jobs together. */
  readonly busyInAll: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The spans of a run by its jobs. */
export const spansOf = (
  began: number,
  asked: number,
  jobs: readonly Ran[],
  arrived: number,
  ended: number,
): Spans => {
  const threads = [...new Set(jobs.map(({ thread }) => thread))];
  const times = threads.map((thread) =>
    sum(jobs.filter((job) => job.thread === thread).map((job) => job.ended - job.began)),
  );
  const first = Math.min(...jobs.map((job) => job.began));
  const last = Math.max(...jobs.map((job) => job.ended));
  const busy = Math.max(...times);
  return {
    before: asked - began,
    there: first - asked,
    busy,
    between: last - first - busy,
    back: arrived - last,
    after: ended - arrived,
    busyInAll: sum(times),
  };
};

/** A runner that notes when its jobs ran, and the spans of the runs that were made with it. */
export const timeline = (runner: parallel.Runner) => {
  const all: Spans[] = [];
  let current = { asked: 0, arrived: 0, jobs: [] as Ran[] };
  const map: parallel.Runner['map'] = (job, inputs, options) => {
    const outcomes = runner.map(job, inputs, options);
    current = { asked: now(), arrived: 0, jobs: [] };
    return (async function* () {
      for await (const outcome of outcomes) {
        current.arrived = now();
        const { log } = outcome._tag === 'Left' ? outcome.left : outcome.right;
        current.jobs.push(...log.map((line) => JSON.parse(line) as Ran));
        yield outcome;
      }
    })();
  };
  return {
    // With all that else the runner is known by.
    runner: { ...runner, map },
    /** Makes a run, and notes its spans. */
    run: async (act: () => Promise<void>): Promise<void> => {
      const began = now();
      await act();
      all.push(spansOf(began, current.asked, current.jobs, current.arrived, now()));
    },
    /** The median of each span, without the first run, which is not timed either. */
    spans: (): Spans => {
      const runs = all.slice(1);
      return Object.fromEntries(
        Object.keys(all[0] ?? {}).map((name) => [
          name,
          median(runs.map((each) => each[name as keyof Spans])),
        ]),
      ) as unknown as Spans;
    },
  };
};

export type Timeline = ReturnType<typeof timeline>;
