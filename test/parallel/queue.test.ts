import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { Queue } from 'bullmq';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { version } from '../../build/version.ts';
import { gaussian, predict, random, sgd, tree } from '../../src/index.ts';
import {
  inline,
  type JobProgress,
  job,
  parallelPredict,
  parallelStep,
  type QueueOptions,
  queue,
  sweep,
  threads,
  trainMembers,
  type WorkOptions,
  work,
} from '../../src/parallel/index.ts';
import { describeOnBackends, start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { type Noted, notes } from './support/notes.ts';
import { type Process, running } from './support/process.ts';
import { all, bits, tags, values } from './support/read.ts';
import { type RedisServer, redisServer } from './support/redisServer.ts';

const key = random.key(3);
const draw = (input: number) => random.bits(random.foldIn(key, input), 1)[0]!;

/** What a worker holds a job for without a sign of life: short, so that its end is soon noticed. */
const LOCK = 1000;

/** For what takes as long as it takes. */
const patient = { timeout: 60_000 };

let server: RedisServer;
let scripts: Readonly<Record<'worker' | 'queueWorker' | 'queueCaller', Script>>;
let shared: readonly Process[];
let folder: string;

const addressed = <T extends object>(name: string, options: T, { port } = server) => ({
  ...{ connection: `redis://127.0.0.1:${port}`, name },
  ...options,
});

const startWorker = async (name: string, options: Partial<WorkOptions> = {}, at = server) => {
  const given = { worker: scripts.worker.path, size: 1, lock: LOCK, ...options };
  const worker = running(scripts.queueWorker.path, addressed(name, given, at));
  await worker.says('ready');
  return worker;
};

const end = async ({ child, ended }: Process): Promise<void> => {
  child.kill('SIGKILL');
  await ended;
};

beforeAll(async () => {
  await start('cpu');
  const [worker, queueWorker, queueCaller] = await Promise.all(
    ['worker', 'queueWorker', 'queueCaller'].map((name) =>
      bundled(`test/parallel/support/${name}.ts`, version),
    ),
  );
  scripts = { worker: worker!, queueWorker: queueWorker!, queueCaller: queueCaller! };
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  server = await redisServer();
  shared = await Promise.all([1, 2].map(() => startWorker('shared', { folder, redisLimit: 5000 })));
});
afterAll(async () => {
  await Promise.all((shared ?? []).map(end));
  await server?.remove();
  rmSync(folder, { recursive: true });
  for (const script of Object.values(scripts ?? {})) script.remove();
});

/** A queue as BullMQ has it, until the test ends. */
const inside = ({ onTestFinished }: TestContext, name: string, prefix = 'tfjs-bayesian'): Queue => {
  const opened = new Queue(name, { connection: { port: server.port }, prefix });
  onTestFinished(() => opened.close());
  return opened;
};

const runOn = async (name: string, inputs: readonly Noted[], options = {}) => {
  const runner = queue(addressed(name, options));
  const outcomes = await all(runner.map(jobs.noted, inputs, { key }));
  return runner.close().then(() => outcomes);
};

describeOnBackends('two processes', () => {
  // Processes of their own choose a build of the kernels themselves.
  it.skipIf(process.env.SIMD)('give the bits of this thread and of threads', async () => {
    const inputs = [1, 2, 5, 8, 3].map((rows) => ({ width: 7 + rows, x: random.normal(key, [rows, 3]) }));
    const before = tf.memory().numTensors;
    const runs: unknown[] = [];
    for (const each of [
      inline(),
      threads({ size: 2, worker: scripts.worker.path }),
      queue(addressed('shared', {})),
    ]) {
      runs.push(values(await all(each.map(jobs.predicted, inputs, { key }))).map(bits));
      expect(tf.memory().numTensors).toBe(before);
      await each.close();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    for (const { lines } of shared) expect(lines.join()).toContain('of predicted ends: Done');

    const runner = queue(addressed('shared', {}));
    const [params, x, scale] = [jobs.model.init(key), random.normal(key, [7, 3]), tf.tensor1d([1, 2])];
    const options = { likelihood: gaussian({ std: 0.1 }), samples: 5, chunk: 2, batchSize: 4, interval: 0.9 };
    const predicted = await parallelPredict(jobs.outputs, { ...options, runner })(params, key, x, scale);
    expect(bits(predicted)).toEqual(bits(predict(jobs.model, options)(params, key, x, scale)));
    const members = [inline(), runner].map(async (each) => {
      const { params } = await trainMembers(jobs.member, 2, { members: 3, key, runner: each });
      return bits(params);
    });
    expect(await members[1]).toEqual(await members[0]);
    const batch = { inputs: x, targets: tf.slice(x, [0, 0], [7, 2]) };
    const steps = [inline(), runner].map(async (each) => {
      const given = { shards: { samples: 2, rows: 2 }, runner: each };
      const step = parallelStep(jobs.ofPair, sgd({ learningRate: 0.01 }), given);
      const initial = jobs.pair.init(key);
      const { state, parts } = await step.update(step.init(initial, key), batch, { donate: true });
      tree.dispose(initial);
      return bits([state.params, parts]);
    });
    expect(await steps[1]).toEqual(await steps[0]);
    await runner.close();
    tree.dispose([inputs, params, scale, batch]);
    expect(tf.memory().numTensors).toBe(before - inputs.length);
  });
});

describe('a queue', () => {
  let runner: ReturnType<typeof queue>;
  beforeAll(async () => {
    await start('cpu');
    runner = queue(addressed('shared', {}));
  });
  afterAll(() => runner?.close());

  it('turns every kind of failure into a value with its log, and gives the others their results', async () => {
    const kinds = ['none', 'throws', 'NaN', 'function', 'exit', 'none'] as const;
    const seen: JobProgress[] = [];
    const outcomes = await all(
      runner.map(jobs.trouble, kinds, { key, onProgress: (each) => seen.push(each) }),
    );
    expect(tags(outcomes)).toEqual([draw(0), 'Threw', Number.NaN, 'Threw', 'WorkerDied', draw(5)]);
    expect(outcomes.map((each) => (E.isLeft(each) ? each.left : each.right).log)).toEqual(
      kinds.map((kind) => [`begins with ${kind}`]),
    );
    expect(outcomes[1]).toMatchObject(E.left({ input: 1, message: 'no such file: ENOENT', attempts: 1 }));
    expect(outcomes[4]).toMatchObject(E.left({ input: 4, message: 'its thread ended with exit code 7' }));
    expect(outcomes[5]).toMatchObject(E.right({ input: 5, attempts: 1 }));
    expect(new Set(seen.map(({ input, value }) => `${input} ${(value as { kind: string }).kind}`))).toEqual(
      new Set(kinds.map((kind, i) => `${i} ${kind}`)),
    );
  });

  it('sends everything as it is', async () => {
    const x = tf.tensor2d([[Number.NaN, -0]]);
    const given = { x, key, list: [Number.NaN, undefined, -0, 3n], bytes: new Uint16Array([1, 2]) };
    const [back] = values(await all(runner.map(jobs.echo, [given], { key })));
    expect(bits(back)).toEqual(bits(given));
  });

  it('tries again with what the last attempt saved', async () => {
    expect(await all(runner.map(jobs.counting, ['exit', 'throw'], { key, attempts: 2 }))).toMatchObject([
      E.right({ value: 4, attempts: 2 }),
      E.right({ value: 4, attempts: 2 }),
    ]);
  });

  it('stops jobs that never end when their time is over', async () => {
    const outcomes = await all(runner.map(jobs.trouble, ['busy', 'waits', 'none'], { key, timeout: 200 }));
    expect(tags(outcomes)).toEqual(['TimedOut', 'TimedOut', draw(2)]);
    expect(outcomes[0]).toMatchObject(E.left({ message: 'it took longer than 200 ms', input: 0 }));
  });

  it('stops running jobs when it is aborted, and takes the others out of the queue', async (test) => {
    const controller = new AbortController();
    const outcomes = await all(
      runner.map(jobs.trouble, ['busy', 'busy', 'busy', 'none'], {
        key,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    );
    expect(tags(outcomes)).toEqual(['Aborted', 'Aborted', 'Aborted', 'Aborted']);
    expect(tags(await all(runner.map(jobs.trouble, ['none'], { key })))).toEqual([draw(0)]);
    const none = { active: 0, waiting: 0, completed: 0, failed: 0 };
    await expect.poll(() => inside(test, 'shared').getJobCounts(), patient).toMatchObject(none);
  });

  it('shares its workers between maps, and runs no more than is asked ahead', async () => {
    const both = [1, 2].map((scale) =>
      all(runner.map(jobs.double, [scale, 2 * scale, 3 * scale], { key, ahead: 1 })),
    );
    expect((await Promise.all(both)).map(values)).toEqual([
      [2, 4, 6],
      [4, 8, 12],
    ]);
  });

  it('sends what is too large for Redis through a folder, and removes it there', async () => {
    const files = queue(addressed('shared', { folder, redisLimit: 5000 }));
    const x = random.normal(key, [2000]);
    const [back] = values(await all(files.map(jobs.echo, [{ x }], { key })));
    expect(readdirSync(folder)).toEqual([]);
    for await (const _ of files.map(jobs.echo, [{ x: key }, { x }, { x }], { key })) break;
    await expect.poll(() => readdirSync(folder), patient).toEqual([]);
    expect(bits(back)).toEqual(bits({ x }));
    await files.close();
    await expect(all(runner.map(jobs.echo, [new Uint8Array(6000)], { key }))).rejects.toThrow(
      /^parallel\.queue: the result of input 0 of echo is in a file, .*, so folder must be given here too/,
    );
  });

  it('collects what was run under the same name, and runs what was not', async (test) => {
    const { take, ran } = notes(test);
    const named = () => queue(addressed('shared', { run: 'first' }));
    const [one, two] = [named(), named()];
    const both = await Promise.all(
      [one, two].map((each) => all(each.map(jobs.noted, [take(20), take(20)], { key }))),
    );
    await Promise.all([one.close(), two.close()]);
    expect(both.map(values)).toEqual([
      [draw(0), draw(1)],
      [draw(0), draw(1)],
    ]);
    expect(ran().sort()).toEqual([0, 1]);
    const three = named();
    const rows = await sweep(jobs.noted, [take(20), take(20), take(21)], { key, runner: three });
    await three.close();
    expect(rows.map(({ outcome }) => outcome)).toMatchObject([
      E.right({ value: draw(0), attempts: 0, log: ['begins'] }),
      E.right({ value: draw(1), attempts: 0 }),
      E.right({ value: draw(2), attempts: 1 }),
    ]);
    expect(ran().sort()).toEqual([0, 1, 2]);
  });

  it('lets a process that was killed come back for its results', async (test) => {
    const { take, ran } = notes(test);
    const options = addressed('shared', { run: 'killed' });
    const inputs = [take(200), take(200), take(200), take(200)];
    const caller = running(scripts.queueCaller.path, options, inputs);
    await caller.says('"input":0');
    await end(caller);
    const again = running(scripts.queueCaller.path, options, inputs);
    // It ends by itself: nothing is open once its runner is closed.
    expect(await again.ended).toEqual([0, null]);
    expect(again.lines.map((line) => JSON.parse(line).right.value)).toEqual([0, 1, 2, 3].map(draw));
    expect(ran().sort()).toEqual([0, 1, 2, 3]);
  });

  it("leaves other programs' jobs, and refuses those that were put into its own queue by name", async (test) => {
    const { take } = notes(test);
    const [theirs, intruder] = [inside(test, 'shared', 'bull'), inside(test, 'shared')];
    const foreign = [1, 2, 3].map((path) => ({ name: 'double', data: { path } }));
    await Promise.all([theirs, intruder].map((each) => each.addBulk(foreign)));
    expect(values(await runOn('shared', [take(1)]))).toEqual([draw(0)]);
    expect(await theirs.getJobCounts('waiting', 'failed')).toEqual({ waiting: 3, failed: 0 });
    const failed = await intruder.getFailed();
    expect(failed.map(({ failedReason }) => failedReason)).toEqual(
      Array(3).fill("refused: 'double' is not a job of tfjs-bayesian"),
    );
    await Promise.all(failed.map((each) => each.remove()));
  });

  it('reads no path that is in the queue', async (test) => {
    const own = inside(test, 'shared');
    const data = { format: 'tfjs-bayesian/attempt/1', input: 0, attempt: 1, key: [0, 0], backend: 'cpu' };
    await own.add('double', { ...data, kernels: true, config: { file: '../secret' } }, { jobId: 'path-1' });
    await expect.poll(() => own.getJobState('path-1'), patient).toBe('failed');
    expect((await own.getJob('path-1'))!.failedReason).toBe('refused: input 0 of double is not a value');
    await own.remove('path-1');
  });

  it.each<[string, Partial<QueueOptions>, typeof jobs.double, string]>([
    [
      'a job that its workers do not have',
      {},
      job(import.meta.url, 'other', (x: number) => x),
      "parallel.queue: the job 'other' must be exported under this name by file:",
    ],
    [
      'an input that is too large without a folder',
      { redisLimit: 10 },
      jobs.double,
      'parallel.queue: input 0 of double has 88 bytes, and more than 10 need a folder',
    ],
  ])('refuses %s', async (_, options, given, message) => {
    const refusing = queue(addressed('shared', options));
    await expect(all(refusing.map(given, [1], { key }))).rejects.toThrow(message);
    await refusing.close();
  });

  it('refuses to run after close', async () => {
    const closed = queue(addressed('shared', {}));
    await closed.close();
    await expect(all(closed.map(jobs.double, [1], { key }))).rejects.toThrow(
      'parallel.queue: the runner must be open to run a job, but was closed',
    );
  });
});

describe.concurrent('faults', () => {
  /** Starts workers that do not outlive the test. */
  const starter = ({ onTestFinished }: TestContext, name: string, at?: RedisServer) => {
    const started: Process[] = [];
    onTestFinished(async () => {
      await Promise.all(started.map(end));
    });
    return async (options: Partial<WorkOptions> = {}): Promise<Process> => {
      const worker = await startWorker(name, options, at);
      started.push(worker);
      return worker;
    };
  };

  it('a worker that is killed in the middle of a job: the job runs elsewhere, once', async (test) => {
    const { take, ran } = notes(test);
    const another = starter(test, 'killed');
    const outcomes = runOn('killed', [take(1000), take(10)]);
    const first = await another();
    await test.expect.poll(ran, patient).toEqual([0]);
    await end(first);
    const second = await another();
    expect(values(await outcomes)).toEqual([draw(0), draw(1)]);
    expect(ran().sort()).toEqual([0, 0, 1]);
    expect(second.lines.filter((line) => line.includes('ends: Done'))).toHaveLength(2);
  });

  it('workers that are killed one after the other: a failure of the input', async (test) => {
    const { take, ran } = notes(test);
    const another = starter(test, 'deadly');
    const own = inside(test, 'deadly');
    const outcomes = runOn('deadly', [take(60_000)]);
    for (const count of [1, 2]) {
      const worker = await another();
      const logged = async () => (await own.getJobLogs((await own.getActive())[0]?.id ?? '')).count;
      await test.expect.poll(() => ran().length, patient).toBe(count);
      await test.expect.poll(logged, patient).toBe(count);
      await end(worker);
    }
    await another();
    const message = 'its worker ended, and so did the one that took it over';
    expect(await outcomes).toMatchObject([
      E.left({ _tag: 'WorkerDied', input: 0, attempts: 1, message, log: ['begins', 'begins'] }),
    ]);
  });

  it('Redis loses what it had: it is put there again', async (test) => {
    const { take } = notes(test);
    const own = inside(test, 'lost');
    const outcomes = runOn('lost', [take(1), take(1)]);
    await test.expect.poll(() => own.getWaitingCount(), patient).toBe(2);
    await own.obliterate({ force: true });
    await starter(test, 'lost')();
    expect(values(await outcomes)).toEqual([0, 1].map(draw));
  });

  it('a worker that is asked to end: its job goes on elsewhere at once', async (test) => {
    const { take, ran } = notes(test);
    const another = starter(test, 'asked');
    const outcomes = runOn('asked', [take(1000)]);
    const lock = 10 * 60_000;
    const first = await another({ lock });
    await test.expect.poll(ran, patient).toEqual([0]);
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual([0, null]);
    await another({ lock });
    expect(values(await outcomes)).toEqual([draw(0)]);
  });

  it('a job that is longer than its lock: it runs once', async (test) => {
    const { take, ran } = notes(test);
    // Long enough for a busy machine to renew it in time.
    const lock = 5 * LOCK;
    await starter(test, 'long')({ lock });
    expect(values(await runOn('long', [take(1.5 * lock)]))).toEqual([draw(0)]);
    expect(ran()).toEqual([0]);
  });

  it('a job that is delivered twice, since its worker stood still: one result', async (test) => {
    const { take, ran } = notes(test);
    const another = starter(test, 'twice');
    const outcomes = runOn('twice', [take(1.5 * LOCK), take(10)]);
    const first = await another();
    await test.expect.poll(ran, patient).toEqual([0]);
    first.child.kill('SIGSTOP');
    const second = await another();
    await second.says('input 0 of noted starts');
    first.child.kill('SIGCONT');
    expect(await outcomes).toMatchObject([0, 1].map((input) => E.right({ input, value: draw(input) })));
    expect(ran().sort()).toEqual([0, 0, 1]);
  });

  it('Redis is killed and started again, away for longer than the lock: nothing is lost', async (test) => {
    const { take, ran } = notes(test);
    const own = await redisServer();
    test.onTestFinished(own.remove);
    const worker = await starter(test, 'restart', own)();
    const runner = queue(addressed('restart', {}, own));
    const outcomes = all(runner.map(jobs.noted, [take(1000), take(10), take(10)], { key }));
    await worker.says('starts');
    await own.kill();
    await new Promise((resolve) => setTimeout(resolve, 2 * LOCK));
    await own.start();
    expect(values(await outcomes)).toEqual([0, 1, 2].map(draw));
    expect(new Set(ran())).toEqual(new Set([0, 1, 2]));
    await own.kill();
    // Without Redis too, and what waits for it has failed.
    const late = all(runner.map(jobs.noted, [take(10)], { key }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await runner.close();
    expect(tags(await late)).toEqual(['Aborted']);
  });

  it('a worker of another version is refused, unless it may be', async (test) => {
    const { take } = notes(test);
    const [path, worker] = [scripts.queueWorker.path, scripts.worker.path].map((script) => {
      const other = script.replace('script.mjs', 'other.mjs');
      writeFileSync(other, readFileSync(script, 'utf8').replaceAll(version, '0.0.0'));
      return other;
    });
    const started = running(path!, addressed('mixture', { worker, size: 1, redisLimit: 1000 }));
    test.onTestFinished(() => end(started));
    await expect(runOn('mixture', [take(1)])).rejects.toThrow(
      'parallel.queue: a worker is tfjs-bayesian 0.0.0 on Node',
    );
    expect(values(await runOn('mixture', [take(1)], { mixed: true }))).toEqual([draw(0)]);
    // It has no folder.
    const runner = queue(addressed('mixture', { mixed: true }));
    const outcomes = await all(
      runner.map(
        jobs.echo,
        [2000, 2].map((size) => new Uint8Array(size)),
        { key },
      ),
    );
    await runner.close();
    expect(tags(outcomes)).toEqual(['Threw', new Uint8Array(2)]);
    const message = /^the result of input 0 of echo has \d+ bytes, and more than 1000 need a folder/;
    expect(outcomes[0]).toMatchObject(E.left({ message: expect.stringMatching(message) }));
  });
});

describe('what is refused at once', () => {
  const connection = 'redis://localhost';
  const name = 'none';
  it.each<[string, object, string]>([
    ['a connection', { name, connection: 'http://a:b@c' }, "got 'http://c'"],
    [
      'a name',
      { connection, name: 'a:b' },
      "must be the name of a queue, of letters, digits, dots, dashes and _, got 'a:b'",
    ],
    ['a run', { connection, name, run: '' }, 'run must be a name of letters, digits, dots, dashes and _'],
    ['a limit', { connection, name, redisLimit: -1 }, 'redisLimit must be a positive integer, got -1'],
    [
      'a backend',
      { connection, name, backend: 'auto' },
      "backend must be 'webgpu', 'wasm', 'cpu', got 'auto'",
    ],
    ['an option', { connection, name, lock: 3 }, "unknown option 'lock'"],
  ])('%s of queue', (_, options, message) => {
    expect(() => queue(options as never)).toThrow(message);
  });

  it.each<[string, object, string]>([
    ['a size', { size: 0, jobs: ['a.js'] }, 'parallel.work: size must be a positive integer, got 0'],
    [
      'both',
      { jobs: ['a.js'], worker: 'b.js' },
      'parallel.work: jobs must be a list of modules, or else worker',
    ],
    ['no module', { jobs: ['none.mjs'] }, 'parallel.work: jobs must be modules, got none.mjs: '],
    ['no jobs', { jobs: ['biome.json'] }, 'parallel.work: jobs must be modules'],
  ])('%s of work', async (_, options, message) => {
    await expect(work({ connection, name, ...options } as never)).rejects.toThrow(message);
  });

  it('no Redis, told without a password', async () => {
    const at = { port: 1, host: '127.0.0.1', connectTimeout: 100, password: 'pw' };
    const runner = queue({ connection: at, name });
    await expect(all(runner.map(jobs.double, [1], { key }))).rejects.toThrow(
      /^parallel\.queue: there must be a Redis at 127\.0\.0\.1:1, got .*ECONNREFUSED/,
    );
    await runner.close();
  });
});
