// What the page runs: compare.ts opens it in Chromium, with and without isolation, and calls `measure`.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { useKernels } from 'tfjs-bayesian';
import { wanted } from '../contender.ts';
import { makeRows, type Row, UNIT } from '../results.ts';
import { roundRobin } from '../roundRobin.ts';
import { onThreads, useThreads } from '../threads.ts';
import { browserContenders } from './contenders.ts';

/** What a page is asked for. */
export interface Request {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly threads: readonly number[];
}

/** What it found. */
export interface Found {
  /** Whether the page is cross-origin isolated: only such a page may have threads. */
  readonly isolated: boolean;
  readonly rows: readonly Row[];
}

declare global {
  interface Window {
    measure?: (request: Request) => Promise<Found>;
    /** Set by compare.ts: shows what runs next. */
    progress?: (text: string) => void;
  }
}

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

window.measure = async ({ only, rounds, threads }) => {
  // Elsewhere more than one thread is refused, with the reason.
  const counts = crossOriginIsolated ? threads : [1];
  await useThreads(Math.max(...counts));
  const chosen = browserContenders.filter((each) => each.name === UNIT || wanted(only)(each));
  const measured = await roundRobin(chosen.flatMap(onThreads(counts)), rounds, {
    now: () => performance.now(),
    useKernels,
    useThreads,
    onProgress: (text) => window.progress?.(text),
  });
  return { isolated: crossOriginIsolated, rows: makeRows(measured) };
};
