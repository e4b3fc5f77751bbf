import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import { Queue } from 'bullmq';
import * as E from 'fp-ts/lib/Either.js';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../build/version.ts';
import { random, tree } from '../../src/index.ts';
import {
  inline,
  type JobProgress,
  job,
  type QueueOptions,
  queue,
  sweep,
  threads,
  type WorkOptions,
} from '../../src/parallel/index.ts';
import { describeOnBackends, start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { all, bits, tags, values } from './support/read.ts';
import { type RedisServer, redisServer } from './support/redisServer.ts';

const key = random.key(3);
const draw = (input: number) => random.bits(random.foldIn(key, input), 1)[0]!;

/** What a worker holds a job for without a sign of life: short, so that its end is soon noticed. */
const LOCK = 600;

let server: RedisServer;
let scripts: Readonly<Record<'worker' | 'queueWorker' | 'queueCaller', Script>>;
beforeAll(async () => {
  const [worker, queueWorker, queueCaller] = await Promise.all(
    ['worker', 'queueWorker', 'queueCaller'].map((name) =>
      bundled(`test/parallel/support/${name}.ts`, version),
    ),
  );
  scripts = { worker: worker!, queueWorker: queueWorker!, queueCaller: queueCaller! };
  server = await redisServer();
});
afterAll(async () => {
  await server?.remove();
  for (const script of Object.values(scripts ?? {})) script.remove();
});

interface Process {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Waits for a line with a text. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<unknown>;
}

const running = (script: Script, ...args: readonly unknown[]): Process => {
  const child = spawn(process.execPath, [script.path, ...args.map((each) => JSON.stringify(each))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    for (const each of waiting) each();
  });
  return {
    child,
    lines,
    says: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!lines.some((line) => line.includes(text))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    ended: once(child, 'exit'),
  };
};

const connection = () => `redis://127.0.0.1:${server.port}`;
const own = <T extends object>(name: string, options: T) => ({ connection: connection(), name, ...options });

const workers: Process[] = [];

const startWorker = async (
  name: string,
  options: Partial<WorkOptions> = {},
  script = scripts.queueWorker,
): Promise<Process> => {
  const given = { worker: scripts.worker.path, size: 1, lock: LOCK, ...options };
  const worker = running(script, own(name, given));
  workers.push(worker);
  await worker.says('ready');
  return worker;
};

const stopWorkers = async (): Promise<void> => {
  for (const { child } of workers) child.kill('SIGKILL');
  await Promise.all(workers.map(({ ended }) => ended));
  workers.length = 0;
};

let folder: string;
let notes: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  notes = join(folder, 'notes');
  writeFileSync(notes, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The inputs that ran, in the order in which they began. */
const ran = () => readFileSync(notes, 'utf8').trim().split(' ').map(Number);

const take = (time: number) => ({ file: notes, time });

describeOnBackends('two processes', () => {
  beforeAll(() => Promise.all([startWorker('bits'), startWorker('bits')]));
  afterAll(stopWorkers);

  it('give the bits of this thread and of threads', async () => {
    const inputs = [1, 2, 5, 8, 3].map((rows) => ({ width: 7 + rows, x: random.normal(key, [rows, 3]) }));
    const before = tf.memory().numTensors;
    const runs: unknown[] = [];
    for (const each of [
      inline(),
      threads({ size: 2, worker: scripts.worker.path }),
      queue(own('bits', {})),
    ]) {
      runs.push(values(await all(each.map(jobs.predicted, inputs, { key }))).map(bits));
      expect(tf.memory().numTensors).toBe(before);
      await each.close();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(workers.map(({ lines }) => lines.some((line) => line.includes('ends: Done')))).toEqual([
      true,
      true,
    ]);
    tree.dispose(inputs);
  });
});

describe('a queue', () => {
  let runner: ReturnType<typeof queue>;
  beforeAll(async () => {
    await start('cpu');
    await Promise.all([startWorker('values'), startWorker('values')]);
    runner = queue(own('values', {}));
  });
  afterAll(async () => {
    await runner?.close();
    await stopWorkers();
  });

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

  it('stops running jobs when it is aborted, and takes the others out of the queue', async () => {
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
    const inside = new Queue('values', { connection: { port: server.port }, prefix: 'tfjs-bayesian' });
    await expect
      .poll(() => inside.getJobCounts())
      .toMatchObject({ active: 0, waiting: 0, completed: 0, failed: 0 });
    await inside.close();
  });

  it('shares its workers between maps, and runs what is ahead', async () => {
    const both = [1, 2].map((scale) =>
      all(runner.map(jobs.double, [scale, 2 * scale, 3 * scale], { key, ahead: 1 })),
    );
    expect((await Promise.all(both)).map(values)).toEqual([
      [2, 4, 6],
      [4, 8, 12],
    ]);
  });

  it('collects what was run under the same name, and runs what was not', async () => {
    const named = () => queue(own('values', { run: 'first' }));
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

  it('lets a process that was killed come back for its results', async () => {
    const options = own('values', { run: 'killed' });
    const inputs = [take(300), take(300), take(300), take(300)];
    const caller = running(scripts.queueCaller, options, inputs);
    await caller.says('"input":0');
    caller.child.kill('SIGKILL');
    await caller.ended;
    const again = running(scripts.queueCaller, options, inputs);
    // It ends by itself: nothing is open once its runner is closed.
    expect(await again.ended).toEqual([0, null]);
    expect(again.lines.map((line) => JSON.parse(line).right.value)).toEqual([0, 1, 2, 3].map(draw));
    expect(ran().sort()).toEqual([0, 1, 2, 3]);
  });

  it.each<[string, Parameters<typeof queue>[0] | object, () => ReturnType<typeof job>, string]>([
    [
      'a job that workers do not have',
      {},
      () => job(import.meta.url, 'other', () => 1),
      "parallel.queue: the job 'other' must be exported under this name by file:",
    ],
    [
      'a job whose input is too large without a folder',
      { redisLimit: 10 },
      () => jobs.double,
      'parallel.queue: input 0 of double has ',
    ],
  ] as never)('refuses %s', async (_, options, given, message) => {
    const refusing = queue(own('values', options) as QueueOptions);
    await expect(all(refusing.map(given() as typeof jobs.double, [1], { key }))).rejects.toThrow(message);
    await refusing.close();
  });

  it('refuses to run after close', async () => {
    const closed = queue(own('values', {}));
    await closed.close();
    await expect(all(closed.map(jobs.double, [1], { key }))).rejects.toThrow(
      'parallel.queue: the runner must be open to run a job, but was closed',
    );
  });
});

describe('values that are too large for Redis', () => {
  afterEach(stopWorkers);

  it('go through a folder, and leave it', async () => {
    const files = join(folder, 'files');
    await startWorker('large', { folder: files, redisLimit: 100 });
    const runner = queue(own('large', { folder: files, redisLimit: 100 }));
    const x = random.normal(key, [100]);
    const [back] = values(await all(runner.map(jobs.echo, [{ x }], { key })));
    await runner.close();
    expect(readdirSync(files)).toEqual([]);
    expect(bits(back)).toEqual(bits({ x }));
  });

  it('are failures of their inputs if the worker has no folder for them', async () => {
    await startWorker('large2', { redisLimit: 1000 });
    const runner = queue(own('large2', {}));
    const outcomes = await all(
      runner.map(jobs.echo, [new Uint8Array(2000), new Uint8Array(2)] as unknown[], { key }),
    );
    await runner.close();
    expect(tags(outcomes)).toEqual(['Threw', new Uint8Array(2)]);
    expect(outcomes[0]).toMatchObject(
      E.left({
        message: expect.stringMatching(/^the result of input 0 of echo has \d+ bytes, and more than 1000/),
      }),
    );
  });
});

describe('faults', () => {
  afterEach(stopWorkers);

  const runOn = async (name: string, inputs: readonly unknown[], options = {}) => {
    const runner = queue(own(name, options));
    const outcomes = await all(runner.map(jobs.noted, inputs as never, { key }));
    await runner.close();
    return outcomes;
  };

  it('a worker that is killed in the middle of a job: the job runs elsewhere', async () => {
    const [first] = await Promise.all([startWorker('killed')]);
    const outcomes = runOn('killed', [take(1000), take(10)]);
    await first!.says('starts');
    const second = await startWorker('killed');
    first!.child.kill('SIGKILL');
    expect(values(await outcomes)).toEqual([draw(0), draw(1)]);
    expect(ran().sort()).toEqual([0, 0, 1]);
    expect(second.lines.filter((line) => line.includes('ends: Done'))).toHaveLength(2);
  });

  it('workers that are killed one after the other: a failure of the input', async () => {
    const outcomes = runOn('deadly', [take(10_000)]);
    const inside = new Queue('deadly', { connection: { port: server.port }, prefix: 'tfjs-bayesian' });
    const only = async () => (await inside.getActive())[0]?.id ?? '';
    for (let i = 0; i < 2; i++) {
      const worker = await startWorker('deadly');
      await expect.poll(() => readFileSync(notes, 'utf8')).toBe('0 '.repeat(i + 1));
      await expect.poll(async () => (await inside.getJobLogs(await only())).count).toBe(i + 1);
      worker.child.kill('SIGKILL');
    }
    await inside.close();
    await startWorker('deadly');
    expect(await outcomes).toMatchObject([
      E.left({
        _tag: 'WorkerDied',
        input: 0,
        message: 'its worker ended, and so did the one that took it over',
        log: ['begins', 'begins'],
      }),
    ]);
  });

  it('a worker that is asked to end: its job goes on elsewhere at once', async () => {
    const first = await startWorker('asked', { lock: 60_000 });
    const outcomes = runOn('asked', [take(700)]);
    await first.says('starts');
    first.child.kill('SIGTERM');
    await startWorker('asked', { lock: 60_000 });
    expect(await first.ended).toEqual([0, null]);
    expect(values(await outcomes)).toEqual([draw(0)]);
  });

  it('Redis killed and started again, away for longer than the lock', async () => {
    const worker = await startWorker('restart');
    const outcomes = runOn('restart', [take(1000), take(10), take(10)]);
    await worker.says('starts');
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await server.start();
    expect(values(await outcomes)).toEqual([0, 1, 2].map(draw));
    expect(new Set(ran())).toEqual(new Set([0, 1, 2]));
  });

  it('a job that is longer than its lock runs once', async () => {
    await Promise.all([startWorker('long'), startWorker('long')]);
    expect(values(await runOn('long', [take(5 * LOCK)]))).toEqual([draw(0)]);
    expect(ran()).toEqual([0]);
  });

  it('a job that is delivered twice has one result', async () => {
    const first = await startWorker('twice');
    const outcomes = runOn('twice', [take(3 * LOCK), take(10)]);
    await first.says('starts');
    const inside = new Queue('twice', { connection: { port: server.port }, prefix: 'tfjs-bayesian' });
    const [active] = await inside.getActive();
    const client = new Redis(server.port);
    const lock = `${inside.toKey(active!.id!)}:lock`;
    // As after a pause of the worker: it computes on, and another one gets its job.
    const timer = setInterval(() => void client.del(lock), 50);
    const second = await startWorker('twice');
    await second.says('input 0 of noted starts');
    clearInterval(timer);
    client.disconnect();
    expect(values(await outcomes)).toEqual([draw(0), draw(1)]);
    expect(ran().filter((input) => input === 0).length).toBeGreaterThan(1);
    await inside.close();
  });

  it("a queue full of someone else's jobs: those of other programs stay, and foreign data is refused", async () => {
    const [theirs, intruder] = ['bull', 'tfjs-bayesian'].map(
      (prefix) => new Queue('full', { connection: { port: server.port }, prefix }),
    );
    const add = (to: Queue) => to.addBulk([1, 2, 3].map((path) => ({ name: 'double', data: { path } })));
    await Promise.all([theirs!, intruder!].map(add));
    await startWorker('full');
    expect(values(await runOn('full', [take(1)]))).toEqual([draw(0)]);
    expect(await theirs!.getJobCounts('waiting', 'failed')).toEqual({ waiting: 3, failed: 0 });
    const failed = await intruder!.getFailed();
    expect(failed.map(({ failedReason }) => failedReason)).toEqual(
      Array(3).fill("refused: 'double' is not a job of tfjs-bayesian"),
    );
    await Promise.all([theirs!.close(), intruder!.close()]);
  });

  it('a path in the queue is not read', async () => {
    await startWorker('path', { folder });
    writeFileSync(join(folder, 'secret'), 'x');
    const inside = new Queue('path', { connection: { port: server.port }, prefix: 'tfjs-bayesian' });
    const data = { format: 'tfjs-bayesian/attempt/1', input: 0, attempt: 1, key: [0, 0], backend: 'cpu' };
    await inside.add(
      'double',
      { ...data, kernels: true, config: { file: '../secret' } },
      { jobId: 'path-1' },
    );
    await expect.poll(() => inside.getJobState('path-1'), { timeout: 10_000 }).toBe('failed');
    expect((await inside.getJob('path-1'))!.failedReason).toBe('refused: input 0 of double is not a value');
    await inside.close();
  });

  it('a worker of another version is refused, unless it may be', async () => {
    const other = {
      ...scripts.queueWorker,
      path: scripts.queueWorker.path.replace('script.mjs', 'other.mjs'),
    };
    writeFileSync(other.path, readFileSync(scripts.queueWorker.path, 'utf8').replaceAll(version, '0.0.0'));
    const otherThread = scripts.worker.path.replace('script.mjs', 'other.mjs');
    writeFileSync(otherThread, readFileSync(scripts.worker.path, 'utf8').replaceAll(version, '0.0.0'));
    await startWorker('mixture', { worker: otherThread }, other);
    await expect(runOn('mixture', [take(1)])).rejects.toThrow(
      'parallel.queue: a worker is tfjs-bayesian 0.0.0 on Node',
    );
    expect(values(await runOn('mixture', [take(1)], { mixed: true }))).toEqual([draw(0)]);
  });
});

describe('what is not right', () => {
  const name = 'none';
  it.each<[string, object, string]>([
    [
      'a connection',
      { name, connection: 'localhost' },
      "parallel.queue: connection must be a URL such as 'redis:",
    ],
    [
      'a name',
      { connection: 'redis://localhost', name: 'a:b' },
      'parallel.queue: name must be the name of a queue',
    ],
    [
      'a run',
      { connection: 'redis://localhost', name, run: '' },
      'parallel.queue: run must be a name of letters',
    ],
    [
      'a limit',
      { connection: 'redis://localhost', name, redisLimit: -1 },
      'parallel.queue: redisLimit must be',
    ],
    [
      'a backend',
      { connection: 'redis://localhost', name, backend: 'auto' },
      "parallel.queue: backend must be 'webgpu'",
    ],
    [
      'an option',
      { connection: 'redis://localhost', name, lock: 3 },
      "parallel.queue: unknown option 'lock'",
    ],
  ])('is refused, at once: %s', (_, options, message) => {
    expect(() => queue(options as never)).toThrow(message);
  });

  it('is reported: no Redis, without its password', async () => {
    const runner = queue({
      connection: { port: 1, host: '127.0.0.1', connectTimeout: 100, password: 'pw' },
      name,
    });
    await expect(all(runner.map(jobs.double, [1], { key }))).rejects.toThrow(
      /^parallel\.queue: there must be a Redis at 127\.0\.0\.1:1, got .*ECONNREFUSED/,
    );
    await runner.close();
  });
});
