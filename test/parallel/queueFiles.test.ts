import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { version } from '../../build/version.ts';
import { random } from '../../src/index.ts';
import { type QueueOptions, type QueueWorker, queue, work } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { all, tags } from './support/read.ts';
import { type RedisServer, redisServer } from './support/redisServer.ts';

const key = random.key(3);

/** For what takes as long as it takes. */
const patient = { timeout: 60_000 };

let server: RedisServer;
let script: Script;
let folder: string;
let worker: QueueWorker;

const addressed = <T extends object>(options: T) => ({
  connection: `redis://127.0.0.1:${server.port}`,
  name: 'files',
  redisLimit: 5000,
  folder,
  ...options,
});

beforeAll(async () => {
  await start('cpu');
  script = await bundled('test/parallel/support/worker.ts', version);
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  server = await redisServer();
  worker = await work(addressed({ worker: script.path, size: 2 }));
});
afterAll(async () => {
  await worker?.close();
  await server?.remove();
  rmSync(folder, { recursive: true });
  script?.remove();
});

describe('the folder of a queue', () => {
  // In the first case stopping an attempt takes it out of the queue just as it has ended; in the second its end is seen late.
  it.each([1, 20])(
    'keeps nothing of attempts that are stopped, and still seem to run %i looks later',
    async (looks) => {
      onTestFinished(() => void vi.restoreAllMocks());
      const files = queue(addressed({}));
      const x = random.normal(key, [2000]);
      const look = Queue.prototype.getJobState;
      const stopped = new Map<string, number>();
      const state = { stopping: false };
      vi.spyOn(Queue.prototype, 'getJobState').mockImplementation(async function (this: Queue, id) {
        if (!state.stopping) return look.call(this, id);
        await expect.poll(() => look.call(this, id), patient).toMatch(/completed|unknown/);
        const times = (stopped.get(id) ?? 0) + 1;
        stopped.set(id, times);
        return times <= looks ? 'active' : look.call(this, id);
      });
      for await (const _ of files.map(jobs.echo, [{ x: key }, ...Array(20).fill({ x })], { key })) {
        state.stopping = true;
        break;
      }
      await expect.poll(() => readdirSync(folder), patient).toEqual([]);
      expect(Math.max(...stopped.values())).toBeGreaterThan(looks);
      await files.close();
    },
  );

  it.each<Pick<QueueOptions, 'run'>>([{}, { run: 'large' }])(
    'keeps of attempts that report and save what is large, with %o, only the scratch of a failure under a name',
    async (options) => {
      const files = queue(addressed(options));
      const inputs = [{}, { fails: true }] as const;
      const outcomes = await all(files.map(jobs.large, inputs, { key, attempts: 2 }));
      expect(tags(outcomes)).toEqual([2000, 2000]);
      const left = options.run === undefined ? [] : [expect.stringMatching(/-1-1\.scratch\.safetensors$/)];
      expect(readdirSync(folder)).toEqual(left);
      await files.close();
    },
  );
});
