import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { version } from '../../build/version.ts';
import { random, tree } from '../../src/index.ts';
import { arrayIndex, collect, inline, job } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { all, bits, tags, values } from './support/read.ts';

const key = random.key(3);

let folder: string;
beforeAll(() => start('wasm'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'array-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('tasks of an array in processes of their own', () => {
  let script: Script;
  beforeAll(async () => {
    script = await bundled('test/parallel/support/arrayTask.ts', version);
  });
  afterAll(() => script?.remove());

  const task = (what: string, env: Readonly<Record<string, string>>) =>
    new Promise<{ readonly code: unknown; readonly stdout: string }>((resolve) => {
      const options = { env: { ...process.env, ...env } };
      execFile(process.execPath, [script.path, folder, what], options, (error, stdout) =>
        resolve({ code: error?.code ?? 0, stdout }),
      );
    });

  it('share the inputs out, and their results have the bits of one thread', async (context) => {
    context.skip(
      Boolean(process.env.SIMD),
      'processes of their own choose a build of the kernels themselves',
    );
    const slurm = (id: number) => ({
      ...{ SLURM_ARRAY_TASK_ID: String(id), SLURM_ARRAY_TASK_COUNT: '2' },
      ...{ SLURM_ARRAY_TASK_MIN: '4', SLURM_ARRAY_TASK_STEP: '2' },
    });
    const printed = await Promise.all([4, 6].map((id) => task('predicted', slurm(id))));
    expect(printed.map(({ stdout }) => JSON.parse(stdout))).toEqual([
      { inputs: [0, 2, 4], backend: 'wasm' },
      { inputs: [1, 3], backend: 'wasm' },
    ]);
    expect(readdirSync(folder).sort()).toEqual([0, 1, 2, 3, 4].map((input) => `${input}.safetensors`));
    const inputs = [1, 2, 5, 8, 3].map((rows) => ({ width: 7 + rows, x: random.normal(key, [rows, 3]) }));
    const run = async (runner: ReturnType<typeof inline>) =>
      values(await all(runner.map(jobs.predicted, inputs, { key }))).map(bits);
    expect(await run(collect({ folder }))).toEqual(await run(inline()));
    tree.dispose(inputs);
  });

  it('continue from what they saved, once they are started again', async () => {
    const first = { JOB_COMPLETION_INDEX: '0', COUNT: '2' };
    expect(await task('counting', first)).toMatchObject({ code: 1 });
    expect(readdirSync(folder)).toEqual(['0.partial.safetensors']);
    expect(await task('counting', first)).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['0.safetensors']);
    const outcomes = await all(collect({ folder }).map(jobs.counting, ['exit', 'exit'], { key }));
    expect(tags(outcomes)).toEqual([4, 'Missing']);
    expect(outcomes[1]).toMatchObject(
      E.left({ input: 1, message: `there is no ${join(folder, '1.safetensors')}` }),
    );
  });
});

describe('a task of an array', () => {
  const ran: number[] = [];
  const noted = job(import.meta.url, 'noted', (x: number, _key, { log }) => {
    ran.push(x);
    log(`got ${x}`);
    if (x < 0) throw new Error('below 0');
    return x / 3;
  });
  beforeEach(() => {
    ran.length = 0;
  });
  const both = async (inputs: readonly number[]) => {
    for (const index of [0, 1])
      await all(arrayIndex({ folder, index, count: 2 }).map(noted, inputs, { key }));
    return all(collect({ folder: pathToFileURL(folder) }).map(noted, inputs, { key }));
  };

  it('stores results and failures, and runs failed inputs alone again', async () => {
    const expected = [
      E.right({ input: 0, value: 1, attempts: 0, log: ['got 3'] }),
      expect.objectContaining(E.left(expect.objectContaining({ _tag: 'Threw', message: 'below 0' }))),
      E.right({ input: 2, value: Number.NaN, attempts: 0, log: ['got NaN'] }),
    ];
    expect(await both([3, -1, Number.NaN])).toEqual(expected);
    expect(ran).toEqual([3, Number.NaN, -1]);
    expect(await both([3, -1, Number.NaN])).toEqual(expected);
    expect(ran).toEqual([3, Number.NaN, -1, -1]);
    expect(readdirSync(folder).sort()).toEqual(['0.safetensors', '1.failed.json', '2.safetensors']);
  });

  it('gives its own outcomes, also those that were there', async () => {
    const run = () =>
      all(
        arrayIndex({ folder, index: 1, count: 2 }).map(noted, [1, 2, 3, 4], { key, numbers: [5, 6, 7, 9] }),
      );
    const first = await run();
    expect(first).toEqual([
      E.right({ input: 5, value: 1 / 3, attempts: 1, log: ['got 1'] }),
      E.right({ input: 7, value: 1, attempts: 1, log: ['got 3'] }),
      E.right({ input: 9, value: 4 / 3, attempts: 1, log: ['got 4'] }),
    ]);
    expect(await run()).toEqual(
      first.map((each) => E.isRight(each) && E.right({ ...each.right, attempts: 0 })),
    );
    expect(ran).toEqual([1, 3, 4]);
  });

  it('refuses the folder of another job, input or key', async () => {
    await both([3]);
    const place = `${join(folder, '0.safetensors')} is the result of another job, input or key`;
    for (const runner of [arrayIndex({ folder, index: 0, count: 1 }), collect({ folder })]) {
      await expect(all(runner.map(noted, [4], { key }))).rejects.toThrow(place);
      await expect(all(runner.map(noted, [3], { key: random.key(4) }))).rejects.toThrow(place);
      const other = job(import.meta.url, 'other', noted.run);
      await expect(all(runner.map(other, [3], { key }))).rejects.toThrow(place);
    }
  });

  it('computes again what is damaged or of another build, which are not collected', async () => {
    await both([3, 6]);
    const [zero, one] = [0, 1].map((input) => join(folder, `${input}.safetensors`));
    const other = readFileSync(one!, 'latin1').replace(`${version} on`, `${version.replace(/\d/g, '9')} on`);
    writeFileSync(one!, other, 'latin1');
    const mixture = collect({ folder }).map(noted, [3, 6], { key });
    await expect(all(mixture)).rejects.toThrow(
      /^parallel\.collect: results must be of one build, but 0 is of tfjs-bayesian .* and 1 of tfjs-bayesian 9/,
    );
    const mixed = collect({ folder, mixed: true }).map(noted, [3, 6], { key });
    expect(values(await all(mixed))).toEqual([1, 2]);
    writeFileSync(zero!, readFileSync(zero!).subarray(0, 20));
    const [damaged] = await all(collect({ folder }).map(noted, [3], { key }));
    expect(damaged).toMatchObject(
      E.left({ _tag: 'Missing', message: expect.stringMatching(/is damaged: /) }),
    );
    ran.length = 0;
    expect(values(await both([3, 6]))).toEqual([1, 2]);
    expect(ran).toEqual([3, 6]);
  });

  it('reports a time that was over as its failure', async () => {
    const waits = job(import.meta.url, 'waits', (_: null) => new Promise<null>(() => undefined));
    await all(arrayIndex({ folder, index: 0, count: 1 }).map(waits, [null], { key, timeout: 20 }));
    const collected = await all(collect({ folder }).map(waits, [null], { key }));
    expect(collected).toMatchObject([E.left({ _tag: 'TimedOut', message: 'it took longer than 20 ms' })]);
  });

  it('reads its place from Slurm or Kubernetes', async () => {
    const own = async (env: Readonly<Record<string, string>>, options = {}) => {
      vi.unstubAllEnvs();
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      const outcomes = await all(arrayIndex({ folder, ...options }).map(noted, [1, 2, 3, 4], { key }));
      return outcomes.map((each) => E.isRight(each) && each.right.input);
    };
    const slurm = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_MIN: '1' };
    expect(await own(slurm)).toEqual([2]);
    expect(await own({ JOB_COMPLETION_INDEX: '1' }, { count: 2 })).toEqual([1, 3]);
    expect(await own({ JOB_COMPLETION_INDEX: '1' }, { index: 0, count: 2 })).toEqual([0, 2]);
  });

  const given = (value: unknown) => value as never;
  it.each<[string, () => unknown, string]>([
    [
      'a folder',
      () => arrayIndex(given({ index: 0, count: 1 })),
      'parallel.arrayIndex: folder must be a path, or a file:, http: or https: URL, got undefined',
    ],
    [
      'a count',
      () => arrayIndex({ folder, index: 0 }),
      'parallel.arrayIndex: count must be given, as the number of tasks, where Slurm does not set it, got undefined',
    ],
    [
      'an index',
      () => arrayIndex({ folder, count: 2 }),
      'parallel.arrayIndex: index must be an integer from 0 to 1, given or from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, got undefined',
    ],
    [
      'an index below the count',
      () => arrayIndex({ folder, index: 2, count: 2 }),
      'parallel.arrayIndex: index must be an integer from 0 to 1, given or from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, got 2',
    ],
    [
      'a runner that computes',
      () => arrayIndex({ folder, index: 0, count: 2, runner: collect({ folder }) }),
      'parallel.arrayIndex: runner must be inline(), threads() or queue(), got an object',
    ],
    [
      'a folder to collect from',
      () => collect(given({ folder: 3 })),
      'parallel.collect: folder must be a path, or a file:, http: or https: URL, got 3',
    ],
    [
      'true or false',
      () => collect(given({ folder, mixed: 1 })),
      'parallel.collect: mixed must be true or false, got 1',
    ],
    ['a job', () => collect({ folder }).map(given(1), [], { key }), 'parallel.collect: job must be a job'],
  ])('refuses, at once, what is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
