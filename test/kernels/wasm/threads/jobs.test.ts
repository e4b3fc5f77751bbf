import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compileThread } from '../../../../build/compileThread.ts';
import { MOST_JOBS, newTable, openRounds } from '../../../../src/kernels/wasm/threads/jobs.ts';

const none = { first: 0, stride: 0 };

describe('rounds of jobs', () => {
  it('call the kernel once for each list of numbers, with scratch behind them if there is any', () => {
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.integer({ min: 1, max: 20 }).chain((size) =>
          fc.array(fc.array(fc.double(), { minLength: size, maxLength: size }), {
            minLength: 1,
            maxLength: MOST_JOBS,
          }),
        ),
        fc.boolean(),
        (kernel, jobs, withScratch) => {
          const calls: (readonly number[])[] = [];
          const kernels = [0, 1, 2, 3].map((own) => (...numbers: readonly number[]) => {
            calls.push([own, ...numbers]);
          });
          const { run } = openRounds(kernels, newTable(), 1000, () => {});
          const scratch = withScratch ? { first: 64, stride: 32 } : none;
          run(kernel, jobs, scratch);
          run(kernel, jobs.slice(0, 1), scratch);
          const expected = [...jobs, jobs[0]!].map((job) => [kernel, ...job, ...(withScratch ? [64] : [])]);
          expect(calls).toEqual(expected);
        },
      ),
    );
  });

  it('do the job of a thread that died with it', () => {
    const table = newTable();
    const done: number[] = [];
    const lost = vi.fn();
    const { run } = openRounds(
      [
        (job: number) => {
          // What a thread does that takes the next job, and dies.
          if (done.push(job) === 1) Atomics.add(new Int32Array(table), 1, 1);
        },
      ],
      table,
      250,
      lost,
    );
    run(0, [[0], [1], [2], [3]], none);
    expect(lost).toHaveBeenCalledTimes(1);
    expect(done).toEqual([0, 2, 3, 1]);
  });

  it('are shared by threads, each job taken once', async () => {
    // A module whose kernel adds its number to the place of its job: (func (param i32 f64 i32)).
    const code = await compileThread();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const table = newTable();
    const module = new WebAssembly.Module(counter);
    const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports.count as (
      at: number,
    ) => void;
    const workers = [1, 2].map(
      (thread) =>
        new Worker(code, { eval: true, workerData: { module, memory, names: ['count'], table, thread } }),
    );
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
    const { run, end } = openRounds([kernel], table, 60_000, () => {});
    const jobs = Array.from({ length: 200 }, (_, at) => [4 * at]);
    for (let round = 0; round < 500; round++) run(0, jobs, none);
    expect([...new Int32Array(memory.buffer, 0, 200)]).toEqual(Array<number>(200).fill(500));
    const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    end();
    expect(await Promise.all(ended)).toEqual([0, 0]);
  });
});

/** `count(at)` adds one to the integer at an address: no other thread may do that at the same time. */
const counter = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 1, 0x7f, 0],
  ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1],
  ...[3, 2, 1, 0],
  ...[7, 9, 1, 5, 0x63, 0x6f, 0x75, 0x6e, 0x74, 0, 0],
  ...[10, 17, 1, 15, 0, 0x20, 0, 0x20, 0, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0, 0x0b],
]);
