import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';
import { importByName } from '../../backend/importByName.ts';
import { invalidArgument, thrownMessage } from '../../check/index.ts';
import { node } from '../../files/index.ts';

/** Where Redis is: a URL, or options of ioredis. */
export type RedisConnection = string | URL | Readonly<Record<string, unknown>>;

/** The prefix of all keys in Redis, so that queues of other programs stay what they are, whatever their names. */
export const PREFIX = 'tfjs-bayesian';

interface Packages {
  readonly bullmq: typeof BullMq;
  readonly Redis: new (first: unknown, options?: unknown) => Redis;
}

/** Imports an optional package, by its name for the caller. */
const load = async (fn: string, name: string): Promise<unknown> => {
  try {
    return await importByName(name);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`${fn} needs the packages bullmq and ioredis: npm install bullmq ioredis`, {
      cause: error,
    });
  }
};

const packages = async (fn: string): Promise<Packages> => ({
  bullmq: (await load(fn, 'bullmq')) as typeof BullMq,
  Redis: ((await load(fn, 'ioredis')) as Packages).Redis,
});

/**
 * Rejects what is not a connection or the name of a queue.
 *
 * @throws Error naming the argument; outside Node
 * @example
 * checkQueue('parallel.queue', 'redis://localhost:6379', 'sweeps');
 */
export const checkQueue = (fn: string, connection: unknown, name: unknown): void => {
  if (node() === undefined) throw new Error(`${fn}: only Node can connect to Redis`);
  const isAddress =
    (typeof connection === 'string' || connection instanceof URL) && /^rediss?:\/\//.test(String(connection));
  const isRecord =
    typeof connection === 'object' &&
    connection !== null &&
    !(connection instanceof URL) &&
    !isClient(connection);
  if (!isAddress && !isRecord)
    invalidArgument(
      `${fn}: connection`,
      "a URL such as 'redis://localhost:6379', or options of ioredis",
      typeof connection === 'string' ? withoutPassword(connection) : connection,
    );
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
    invalidArgument(`${fn}: name`, 'the name of a queue, of letters, digits, dots, dashes and _', name);
};

const isClient = (value: object): boolean => 'defineCommand' in value;

const withoutPassword = (address: string): string => address.replace(/\/\/[^@/]*@/, '//');

/** Where Redis is, for an error. */
const place = (connection: RedisConnection): string => {
  if (typeof connection === 'string' || connection instanceof URL) return withoutPassword(String(connection));
  const { path, host = '127.0.0.1', port = 6379 } = connection;
  return String(path ?? `${host}:${port}`);
};

/** What ioredis waits for a connection, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;

/** How long ioredis waits between attempts to connect again, at most, in milliseconds. */
const MAX_DELAY = 1000;

/** A connection that is open, and is opened again whenever it breaks. */
const open = async (fn: string, connection: RedisConnection, { Redis }: Packages): Promise<Redis> => {
  const own = {
    // Commands wait for as long as Redis is away.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(50 * times, MAX_DELAY),
  };
  const isAddress = typeof connection === 'string' || connection instanceof URL;
  const client = isAddress ? new Redis(String(connection), own) : new Redis({ ...connection, ...own });
  const patience = Number((isAddress ? undefined : connection.connectTimeout) ?? CONNECT_TIMEOUT);
  const state: { last?: unknown } = {};
  client.on('error', (error: unknown) => {
    state.last = error;
  });
  const opened = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), patience);
    client.once('ready', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  if (opened) return client;
  client.disconnect();
  const why = state.last === undefined ? 'no answer' : thrownMessage(state.last);
  throw new Error(`${fn}: there must be a Redis at ${place(connection)}, got ${why}`);
};

/** The package, connections for it, and their end. */
export interface Connected {
  readonly bullmq: typeof BullMq;
  /** What all of the queue's objects take. */
  readonly options: (client: Redis) => {
    readonly connection: BullMq.ConnectionOptions;
    readonly prefix: string;
  };
  readonly clients: readonly Redis[];
  /** Closes all that was made of the connections, and then these; at once if Redis is away. */
  readonly close: (made: readonly { readonly close: () => Promise<unknown> }[]) => Promise<void>;
}

/** How long a queue may take to close, in milliseconds. */
const CLOSE_TIMEOUT = 3000;

/**
 * Opens as many connections to Redis as are asked for.
 *
 * @throws Error, as a rejection, if the packages are not installed or there is no Redis
 * @example
 * const { bullmq, clients, options } = await connected('parallel.queue', 'redis://localhost:6379', 1);
 */
export const connected = async (
  fn: string,
  connection: RedisConnection,
  count: number,
): Promise<Connected> => {
  const loaded = await packages(fn);
  const attempts = await Promise.allSettled(
    Array.from({ length: count }, () => open(fn, connection, loaded)),
  );
  const clients = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = attempts.find((each) => each.status === 'rejected');
  const disconnect = (): void => {
    for (const client of clients) client.disconnect();
  };
  if (failed !== undefined) {
    disconnect();
    throw failed.reason;
  }
  return {
    bullmq: loaded.bullmq,
    clients,
    options: (client) => ({ connection: client as unknown as BullMq.ConnectionOptions, prefix: PREFIX }),
    close: async (made) => {
      const closed = Promise.allSettled(made.map((each) => each.close()));
      await within(CLOSE_TIMEOUT, closed);
      disconnect();
    },
  };
};

/** Waits for a promise, but not longer than some milliseconds. */
export const within = async (milliseconds: number, promise: Promise<unknown>): Promise<void> => {
  const state: { timer?: ReturnType<typeof setTimeout> } = {};
  const over = new Promise<void>((resolve) => {
    state.timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([over, promise.catch(() => undefined)]);
  clearTimeout(state.timer);
};
