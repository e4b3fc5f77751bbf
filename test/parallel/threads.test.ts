import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { version } from '../../build/version.ts';
import { gaussian, predict, random, tree } from '../../src/index.ts';
import {
  arrayIndex,
  inline,
  type JobProgress,
  job,
  parallelPredict,
  type Runner,
  threads,
  trainMembers,
} from '../../src/parallel/index.ts';
import { describeOnBackends, kernels, start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { all, bits, tags, values } from './support/read.ts';

const key = random.key(3);

let script: Script;
let runner: Runner;
beforeAll(async () => {
  script = await bundled('test/parallel/support/worker.ts', version);
});
afterAll(() => script?.remove());

it('run kernels on one thread each, unless told otherwise', async () => {
  const found = [{}, { backendOptions: { threads: 2 } }].map(async (options) => {
    const one = threads({ size: 1, backend: 'wasm', worker: script.path, ...options });
    const [shares] = values(await all(one.map(jobs.shared, [null], { key })));
    await one.close();
    return shares;
  });
  expect(await Promise.all(found)).toEqual(kernels ? [false, true] : [false, false]);
});

describeOnBackends('threads', (backend) => {
  it('give the bits of this thread, one or two of them, and those of predict and of members', async () => {
    const inputs = [1, 2, 5, 8, 3].map((rows) => ({ width: 7 + rows, x: random.normal(key, [rows, 3]) }));
    const params = jobs.model.init(key);
    const [x, scale] = [random.normal(key, [7, 3]), tf.tensor1d([1, 2])];
    const options = { likelihood: gaussian({ std: 0.1 }), samples: 5, chunk: 2, batchSize: 4, interval: 0.9 };
    const before = tf.memory().numTensors;
    const runs: unknown[] = [];
    const [one, two] = [1, 2].map((size) => threads({ size, worker: script.path }));
    for (const each of [inline(), one!, two!]) {
      runs.push(values(await all(each.map(jobs.predicted, inputs, { key }))).map(bits));
      expect(tf.memory().numTensors).toBe(before);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    const shared = parallelPredict(jobs.outputs, { ...options, runner: two! });
    const expected = bits(predict(jobs.model, options)(params, key, x, scale));
    expect(bits(await shared(params, key, x, scale))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
    const members = [inline(), two!].map(async (each) => {
      const { params } = await trainMembers(jobs.member, 2, { members: 3, key, runner: each });
      return bits(params);
    });
    expect(await members[1]).toEqual(await members[0]);
    await Promise.all([one!.close(), two!.close()]);
    expect(tf.getBackend()).toBe(backend);
    tree.dispose([inputs, params, x, scale]);
  });
});

describe('a runner on threads', () => {
  beforeAll(async () => {
    await start('cpu');
    runner = threads({ size: 2, worker: script.path });
  });
  afterAll(() => runner.close());

  it('sends and receives everything as it is', async () => {
    const x = tf.tensor2d([[Number.NaN, -0]]);
    const given = { x, key, list: [Number.NaN, undefined, -0, 3n], bytes: new Uint16Array([1, 2]) };
    const [back] = values(await all(runner.map(jobs.echo, [given], { key })));
    expect(bits(back)).toEqual(bits(given));
  });

  it('turns every kind of failure into a value with its log, and gives the others their results', async () => {
    const kinds = ['none', 'throws', 'NaN', 'function', 'exit', 'none'] as const;
    const seen: JobProgress[] = [];
    const outcomes = await all(
      runner.map(jobs.trouble, kinds, { key, onProgress: (each) => seen.push(each) }),
    );
    const draw = (i: number) => random.bits(random.foldIn(key, i), 1)[0];
    const expected = [draw(0), 'Threw', Number.NaN, 'Threw', 'WorkerDied', draw(5)];
    expect(tags(outcomes)).toEqual(expected);
    expect(outcomes.map((each) => (E.isLeft(each) ? each.left : each.right).log)).toEqual(
      kinds.map((kind) => [`begins with ${kind}`]),
    );
    expect(outcomes[1]).toMatchObject(E.left({ input: 1, message: 'no such file: ENOENT', attempts: 1 }));
    expect(outcomes[4]).toMatchObject(E.left({ input: 4, message: 'its thread ended with exit code 7' }));
    expect(new Set(seen.map(({ input, value }) => `${input} ${(value as { kind: string }).kind}`))).toEqual(
      new Set(kinds.map((kind, i) => `${i} ${kind}`)),
    );
  });

  it('tries again on another thread, with what the last one saved', async () => {
    expect(await all(runner.map(jobs.counting, ['exit', 'throw'], { key, attempts: 2 }))).toMatchObject([
      E.right({ value: 4, attempts: 2 }),
      E.right({ value: 4, attempts: 2 }),
    ]);
  });

  it('lets a job whose time is over save what it has', async () => {
    const outcomes = await all(runner.map(jobs.heeding, [null], { key, timeout: 200, attempts: 2 }));
    expect(outcomes).toMatchObject([E.right({ value: 'was aborted', attempts: 2 })]);
  });

  it('stops jobs that never end when their time is over', async () => {
    const outcomes = await all(runner.map(jobs.trouble, ['busy', 'waits', 'none'], { key, timeout: 200 }));
    expect(tags(outcomes)).toEqual(['TimedOut', 'TimedOut', random.bits(random.foldIn(key, 2), 1)[0]]);
  });

  it('stops running jobs when it is aborted', async () => {
    const controller = new AbortController();
    const outcomes = await all(
      runner.map(jobs.trouble, ['busy', 'busy', 'none'], {
        key,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    );
    expect(tags(outcomes)).toEqual(['Aborted', 'Aborted', 'Aborted']);
  });

  it('shares its threads between maps', async () => {
    const both = [1, 2].map((scale) => all(runner.map(jobs.double, [scale, 2 * scale, 3 * scale], { key })));
    expect((await Promise.all(both)).map(values)).toEqual([
      [2, 4, 6],
      [4, 8, 12],
    ]);
  });

  it('runs the inputs of a task of an array', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'array-'));
    const task = arrayIndex({ folder, index: 1, count: 2, runner });
    expect(values(await all(task.map(jobs.double, [1, 2, 3, 4], { key })))).toEqual([4, 8]);
    expect(readdirSync(folder).sort()).toEqual(['1.safetensors', '3.safetensors']);
    rmSync(folder, { recursive: true });
  });

  it('gives a script up that breaks, ends or does not serve', async () => {
    const path = script.path.replace('script.mjs', 'silent.mjs');
    const outcomes: unknown[] = [];
    const run = async (code: string) => {
      writeFileSync(path, code);
      const silent = threads({ size: 1, worker: path });
      outcomes.push(...(await all(silent.map(jobs.double, [1], { key }))));
      await silent.close();
    };
    await run("throw new Error('at its start');");
    await run('process.exit(0);');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    const running = run('setInterval(() => {}, 1000);');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.advanceTimersByTimeAsync(61_000);
    await running;
    vi.useRealTimers();
    expect(outcomes).toMatchObject([
      E.left({ _tag: 'WorkerDied', message: expect.stringMatching(/^its thread ended: at its start/) }),
      E.left({ _tag: 'WorkerDied', message: 'its thread ended with exit code 0' }),
      E.left({ _tag: 'WorkerDied', message: expect.stringMatching(/^its thread did not start within 60 s/) }),
    ]);
  });

  it('answers from a thread with the globals of a Web Worker, which Bun gives it without messages', async () => {
    const path = script.path.replace('script.mjs', 'likeBun.mjs');
    const setting = `
      import { parentPort } from 'node:worker_threads';
      Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.4.5' } });
      const postMessage = (message) => parentPort.postMessage(message);
      Object.assign(globalThis, { self: globalThis, postMessage, addEventListener: () => {} });
      await import('./script.mjs');`;
    writeFileSync(path, setting);
    const likeBun = threads({ size: 1, worker: path });
    expect(values(await all(likeBun.map(jobs.double, [1, 2], { key, timeout: 20_000 })))).toEqual([2, 4]);
    await likeBun.close();
  });

  it('has no tensors left in its threads', async () => {
    const one = threads({ size: 1, worker: script.path });
    const x = tf.ones([4, 3]);
    const counts: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      tree.dispose(values(await all(one.map(jobs.predicted, [{ width: 4, x }], { key }))));
      await all(one.map(jobs.trouble, ['throws'], { key }));
      counts.push(...values(await all(one.map(jobs.tensors, [null], { key }))));
    }
    expect(counts).toEqual([0, 0]);
    x.dispose();
    await one.close();
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a job that its script does not serve',
      () =>
        all(
          runner.map(
            job(import.meta.url, 'other', () => 1),
            [1],
            { key },
          ),
        ),
      "parallel.threads: the job 'other' must be exported under this name by file:",
    ],
    [
      'another version',
      async () => {
        const other = script.path.replace('script.mjs', 'other.mjs');
        writeFileSync(other, readFileSync(script.path, 'utf8').replaceAll(version, '0.0.0'));
        const mixture = threads({ size: 1, worker: other });
        const mixed = threads({ size: 1, worker: pathToFileURL(other), mixed: true });
        try {
          expect(values(await all(mixed.map(jobs.double, [4], { key })))).toEqual([8]);
          return await all(mixture.map(jobs.double, [1], { key }));
        } finally {
          await Promise.all([mixed.close(), mixture.close()]);
        }
      },
      'parallel.threads: a worker is tfjs-bayesian 0.0.0 on Node',
    ],
    [
      'a backend that does not start',
      async () => {
        const none = threads({
          size: 1,
          worker: script.path,
          backend: 'wasm',
          backendOptions: { wasmPaths: '/none/' },
        });
        return all(none.map(jobs.double, [1], { key })).finally(none.close);
      },
      'parallel.threads: a worker has no backend: the wasm backend did not start',
    ],
    [
      'to run after close',
      async () => {
        const closed = threads({ worker: script.path });
        await closed.close();
        return all(closed.map(jobs.double, [1], { key }));
      },
      'parallel.threads: the runner must be open to run a job, but was closed',
    ],
  ])('refuses %s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  it.each<[string, object, string]>([
    ['a size', { size: 0 }, 'parallel.threads: size must be a positive integer, got 0'],
    [
      'a backend',
      { backend: 'webgl' },
      "parallel.threads: backend must be 'webgpu', 'wasm', 'cpu', 'auto', got 'webgl'",
    ],
    ['an option', { workers: 2 }, "parallel.threads: unknown option 'workers'; did you mean 'worker'?"],
    [
      'a script',
      { worker: '/none.mjs' },
      "parallel.threads: worker must be the script of a worker, which calls serve, got '/none.mjs'",
    ],
    ['true or false', { mixed: 1 }, 'parallel.threads: mixed must be true or false, got 1'],
  ])('refuses what is not %s', (_, options, message) => {
    expect(() => threads(options as never)).toThrow(message);
  });

  it('ends what runs when it is closed', async () => {
    const closing = threads({ size: 1, worker: script.path });
    const outcomes = all(
      closing.map(jobs.trouble, ['busy'], { key, onProgress: () => void closing.close() }),
    );
    expect(tags(await outcomes)).toEqual(['Aborted']);
  });
});
