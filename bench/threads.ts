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

/** Gives wasm so many threads. A build from before there were any has one. */
export const useThreads = async (threads: number): Promise<void> => {
  try {
    const started = await useBackend('wasm', { threads })();
    if (started._tag === 'Left') throw new Error(started.left.message);
    if (started.right.threads !== threads) throw new Error(started.right.fewerThreads);
  } catch (error) {
    if (!/unknown option 'threads'/.test(String(error))) throw error;
  }
};
