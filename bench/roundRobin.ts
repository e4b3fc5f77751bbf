import type { Contender, Run } from './contender.ts';

/** What was measured of a contender: milliseconds of a run, one value a round, or why there is none. */
export interface Measured {
  readonly name: string;
  readonly times: readonly number[];
  readonly failure?: string;
}

/** What measuring needs of its surroundings. */
export interface Surroundings {
  /** Milliseconds. */
  readonly now: () => number;
  /** Turns this library's kernels on or off. */
  readonly useKernels: (on: boolean) => void;
  /** Changes the number of threads of this library's kernels; without it nothing does. */
  readonly useThreads?: (threads: number) => Promise<void>;
  /** Called with what runs next. */
  readonly onProgress?: (text: string) => void;
  /**
   * Milliseconds. A contender whose first run takes longer is not run again, and that time is reported; one whose
   * repeats would take longer makes fewer of them. Without it there is no limit.
   */
  readonly longest?: number;
}

interface Lane {
  readonly contender: Contender;
  readonly repeats: number;
  readonly run: Run | undefined;
  readonly times: readonly number[];
  readonly failure?: string;
}

const errorMessage = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

const guarded = async (lane: Lane, act: () => Promise<Lane>): Promise<Lane> => {
  try {
    return await act();
  } catch (error) {
    return { ...lane, run: undefined, failure: errorMessage(error) };
  }
};

/** Makes the kernels those of a contender; returns whether it runs on threads that are new. */
const prepare = async (
  { useKernels, useThreads }: Surroundings,
  { kernels, threads = 1 }: Contender,
): Promise<boolean> => {
  useKernels(kernels);
  if (!kernels || useThreads === undefined) return false;
  await useThreads(threads);
  return threads > 1;
};

/** Started, and run once without a clock: the first run compiles code and makes memory grow. */
const started =
  (surroundings: Surroundings) =>
  (contender: Contender): Promise<Lane> =>
    guarded({ contender, repeats: 1, run: undefined, times: [] }, async () => {
      const { now, onProgress, longest = Number.POSITIVE_INFINITY } = surroundings;
      onProgress?.(`starting ${contender.name}`);
      await prepare(surroundings, contender);
      const run = await contender.start();
      const began = now();
      await run(true);
      const took = now() - began;
      if (took > longest) return { contender, repeats: 1, run: undefined, times: [took] };
      const fitting = Math.max(1, Math.floor(longest / took));
      return { contender, repeats: Math.min(contender.repeats ?? 1, fitting), run, times: [] };
    });

const once =
  (surroundings: Surroundings) =>
  (lane: Lane): Promise<Lane> =>
    guarded(lane, async () => {
      const { contender, repeats, run, times } = lane;
      if (run === undefined) return lane;
      if (await prepare(surroundings, contender)) await run(true);
      const { now } = surroundings;
      const began = now();
      for (let count = 1; count <= repeats; count++) await run(count === repeats);
      return { ...lane, times: [...times, (now() - began) / repeats] };
    });

/**
 * Runs every contender once in each round, so that what else the machine does slows all of them alike. Who throws
 * is left out from there on, with the reason in place of times.
 */
export const roundRobin = async (
  contenders: readonly Contender[],
  rounds: number,
  surroundings: Surroundings,
): Promise<readonly Measured[]> => {
  const inTurn = async <A, B>(items: readonly A[], f: (item: A) => Promise<B>): Promise<readonly B[]> => {
    const results: B[] = [];
    for (const item of items) results.push(await f(item));
    return results;
  };
  let lanes = await inTurn(contenders, started(surroundings));
  for (let round = 0; round < rounds; round++) {
    surroundings.onProgress?.(`round ${round + 1} of ${rounds}`);
    lanes = await inTurn(lanes, once(surroundings));
  }
  surroundings.useKernels(true);
  return lanes.map(({ contender: { name }, times, failure }) =>
    failure === undefined ? { name, times } : { name, times: [], failure },
  );
};
