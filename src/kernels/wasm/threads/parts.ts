import { type KernelModule, kernelModule } from '../kernelModule.ts';
import { withScratch } from '../memory.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { MOST_JOBS } from './jobs.ts';
import { threadPool } from './pool.ts';

type Numbers<K extends keyof KernelModule> = Readonly<Parameters<KernelModule[K]>>;
type WithoutLast<T> = T extends readonly [...infer Rest, unknown] ? Readonly<Rest> : never;

/** The number of threads that run a backend's kernels. */
export const threadCount = (backend: WasmBackend): number => threadPool(backend)?.size() ?? 1;

/**
 * The number of parts into which work is cut: more than threads, so that one that is held up does less of it; one if the work is
 * too small for two parts of `least`, since handing it over takes some microseconds.
 */
export const partCount = (backend: WasmBackend, work: number, least: number): number => {
  const pool = threadPool(backend);
  if (pool === undefined) return 1;
  const most = Math.floor(work / Math.max(1, least * pool.grain));
  return Math.max(1, Math.min(2 * pool.size(), most));
};

/** A range of numbers. */
export type Range = readonly [start: number, end: number];

/** Cuts a range into as many parts, at multiples of `step`, or fewer. */
export const cut = (size: number, parts: number, step: number): readonly Range[] => {
  if (parts < 2) return [[0, size]];
  const each = Math.ceil(size / parts / step) * step;
  return Array.from({ length: Math.ceil(size / each) }, (_, at) => [
    at * each,
    Math.min(size, (at + 1) * each),
  ]);
};

/** Cuts a range into parts for the threads of a backend, at multiples of `step`, each of about `least` or more. */
export const ranges = (backend: WasmBackend, count: number, step: number, least: number): readonly Range[] =>
  cut(count, partCount(backend, count, least), step);

const toNumbers = (values: readonly unknown[]): readonly number[] => values.map(Number);

const runAll = (
  backend: WasmBackend,
  kernel: keyof KernelModule,
  parts: readonly (readonly unknown[])[],
  scratch: { readonly first: number; readonly stride: number },
): void => {
  const pool = threadPool(backend);
  if (pool === undefined || parts.length < 2) {
    const run = kernelModule(backend)[kernel] as (...numbers: readonly unknown[]) => unknown;
    const last = scratch.stride > 0 ? [scratch.first] : [];
    for (const part of parts) run(...part, ...last);
    return;
  }
  for (let from = 0; from < parts.length; from += MOST_JOBS)
    pool.run(kernel, parts.slice(from, from + MOST_JOBS).map(toNumbers), scratch);
};

/**
 * Runs a compiled kernel once for each part of its work, on all threads of the backend. Parts must not read what others write, nor
 * add to what is there: one whose thread dies is run again.
 */
export const runParts = <K extends keyof KernelModule>(
  backend: WasmBackend,
  kernel: K,
  parts: readonly Numbers<K>[],
): void => runAll(backend, kernel, parts, { first: 0, stride: 0 });

/** The same for a kernel whose last argument is scratch of so many bytes, of which each thread has its own. */
export const runPartsWithScratch = <K extends keyof KernelModule>(
  backend: WasmBackend,
  kernel: K,
  bytes: number,
  parts: readonly WithoutLast<Numbers<K>>[],
): void => {
  const stride = Math.ceil(bytes / 64) * 64 + 64;
  const threads = parts.length < 2 ? 1 : (threadPool(backend)?.started ?? 1);
  withScratch(backend, stride * threads, (first) =>
    runAll(backend, kernel, parts as readonly (readonly unknown[])[], { first, stride }),
  );
};
