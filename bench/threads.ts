import { useBackend } from 'tfjs-bayesian';
import type { Contender } from './contender.ts';

/** A contender once for each number of threads, if it runs on this library's kernels. */
export const onThreads =
  (counts: readonly number[]) =>
  (contender: Contender): readonly Contender[] =>
    contender.kernels
      ? counts.map((threads) =>
          threads === 1
            ? contender
            : { ...contender, name: `${contender.name}, ${threads} threads`, threads },
        )
      : [contender];

/** The start of wasm with so many threads; a build from before there were any refuses the option, and has one. */
const starting = (threads: number): ReturnType<typeof useBackend> => {
  try {
    return useBackend('wasm', { threads });
  } catch (error) {
    if (/unknown option 'threads'/.test(String(error))) return useBackend('wasm');
    throw error;
  }
};

/** Gives wasm so many threads. */
export const useThreads = async (threads: number): Promise<void> => {
  const started = await starting(threads)();
  if (started._tag === 'Left') throw new Error(started.left.message);
  const { fewerThreads } = started.right;
  if (fewerThreads !== undefined) throw new Error(fewerThreads);
};
