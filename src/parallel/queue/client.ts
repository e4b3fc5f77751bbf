import type { Queue } from 'bullmq';
import { type AttemptData, STOP, STOPPED } from './message.ts';
import { connected, type RedisConnection, within } from './redis.ts';

/** What the caller of an attempt hears of it. */
export interface Listener {
  /** Something has changed. */
  readonly wake: () => void;
  readonly progress: (value: unknown) => void;
}

/** An attempt that has ended; `progress` is the value that it reported last, on its way. */
export type Ended = { readonly data: AttemptData; readonly progress: unknown } & (
  | { readonly _tag: 'Answered'; readonly answer: unknown }
  | { readonly _tag: 'Failed'; readonly reason: string }
);

/** An attempt in the queue, as it stands. */
export type Standing = { readonly _tag: 'Missing' | 'Pending' } | Ended;

/** A queue on Redis, for who asks. */
export interface Client {
  readonly add: (id: string, job: string, data: AttemptData) => Promise<void>;
  readonly standing: (id: string) => Promise<Standing>;
  readonly log: (id: string) => Promise<readonly string[]>;
  /** Removes an attempt that no worker has. */
  readonly remove: (id: string) => Promise<void>;
  /** Removes an attempt that waits, or has the worker stop it; one that has ended stays. */
  readonly stop: (id: string) => Promise<void>;
  /** Listens to an attempt; the result stops that. */
  readonly listen: (id: string, listener: Listener) => () => void;
  readonly close: () => Promise<void>;
}

/** The most lines of a log that are kept. */
const KEEP_LOGS = 200;

interface ProgressEvent {
  readonly jobId: string;
  readonly data: unknown;
}

/**
 * Opens a queue. Attempts that have ended stay in it for `keep` seconds.
 *
 * @throws Error, as a rejection, if the packages are not installed or there is no Redis
 * @example
 * const client = await openClient('parallel.queue', 'redis://localhost:6379', 'sweeps', 3600);
 */
export const openClient = async (
  fn: string,
  connection: RedisConnection,
  name: string,
  keep: number,
): Promise<Client> => {
  const { bullmq, clients, options, close } = await connected(fn, connection, 2);
  const queue: Queue = new bullmq.Queue(name, options(clients[0]!));
  const producer = new bullmq.QueueEventsProducer(name, options(clients[0]!));
  const events = new bullmq.QueueEvents(name, options(clients[1]!));
  const listeners = new Map<string, Set<Listener>>();
  // What breaks is tried again, by ioredis and by whoever waits.
  queue.on('error', () => undefined);
  producer.on('error', () => undefined);
  events.on('error', () => undefined);
  const wake = ({ jobId }: { readonly jobId: string }): void => {
    for (const each of listeners.get(jobId) ?? []) each.wake();
  };
  events.on('completed', wake);
  events.on('failed', wake);
  events.on('progress', ({ jobId, data }: ProgressEvent) => {
    for (const each of listeners.get(jobId) ?? []) each.progress(data);
  });
  await within(5000, events.waitUntilReady());
  const age = { age: keep };
  return {
    add: async (id, job, data) => {
      await queue.add(job, data, {
        ...{ jobId: id, attempts: 1, keepLogs: KEEP_LOGS, removeOnComplete: age, removeOnFail: age },
      });
    },
    standing: async (id) => {
      const state = await queue.getJobState(id);
      if (state === 'unknown') return { _tag: 'Missing' };
      if (state !== 'completed' && state !== 'failed') return { _tag: 'Pending' };
      const job = await queue.getJob(id);
      if (job === undefined) return { _tag: 'Missing' };
      const progress = typeof job.progress === 'object' && 'value' in job.progress && job.progress.value;
      return state === 'completed'
        ? { _tag: 'Answered', answer: job.returnvalue, data: job.data, progress }
        : { _tag: 'Failed', reason: job.failedReason ?? '', data: job.data, progress };
    },
    log: async (id) => (await queue.getJobLogs(id)).logs,
    remove: async (id) => {
      await queue.remove(id);
    },
    stop: async (id) => {
      const state = await queue.getJobState(id);
      if (state === 'completed' || state === 'failed' || state === 'unknown') return;
      if ((await queue.remove(id)) === 1) return;
      await producer.publishEvent({ eventName: STOP, jobId: id, reason: STOPPED });
    },
    listen: (id, listener) => {
      const all = listeners.get(id) ?? new Set();
      listeners.set(id, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0 && listeners.get(id) === all) listeners.delete(id);
      };
    },
    close: () => close([queue, producer, events]),
  };
};
