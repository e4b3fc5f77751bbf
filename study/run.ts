import { createHash } from 'node:crypto';
import path from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { parallel, random, startBackend } from 'tfjs-bayesian';
import { appendRow, type Row } from './journal.ts';
import type { Measured } from './measured.ts';
import type { Options } from './options.ts';
import type { Planned, Task } from './planned.ts';

const root = random.key(0);

/** The number of a row, 32 bits of a hash of its id: its key does not depend on what other rows there are. */
const number = (id: string): number => createHash('sha256').update(id).digest().readUInt32BE(0);

/** The words of the key of a row. */
export const rowKey = (id: string): readonly number[] => [...random.keyData(random.foldIn(root, number(id)))];

/** Runs a function on each item, some at a time, in order. */
const eachOf = async <A>(items: readonly A[], atATime: number, run: (item: A) => Promise<void>) => {
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const item of waiting) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, work));
};

const commandFor = (id: string, { data, quick }: Options): string =>
  quick
    ? `npm run study -- --quick --only ${id}`
    : `npm run study -- --only ${id}${data === undefined ? '' : ' --data DIR'}`;

const outcome = async (runner: parallel.Runner, { job, config }: Task, id: string) => {
  const inputs = [config as never];
  for await (const each of runner.map(job, inputs, { key: root, numbers: [number(id)] })) return each;
  throw new Error(`${id} has no outcome`);
};

/**
 * Runs the rows that the journal does not have, and adds each to it as it ends. A row that fails is reported, and the others
 * go on.
 *
 * @returns the number of rows that failed
 */
export const runRows = async (
  rows: readonly Planned[],
  before: ReadonlyMap<string, Row>,
  results: string,
  options: Options,
): Promise<number> => {
  const { queue, workers, quick } = options;
  await startBackend('wasm');
  const runner =
    queue === undefined
      ? parallel.threads({ size: workers, backend: 'wasm' })
      : parallel.queue({ connection: queue, name: 'study', backend: 'wasm' });
  const missing = rows.filter(({ id }) => !before.has(id));
  const ended = new Map<string, Promise<Measured<unknown> | undefined>>(
    [...before].map(([id, row]) => [id, Promise.resolve(row)]),
  );
  const count = { done: 0, failed: 0 };
  const ran = async ({ id, label, needs, task }: Planned): Promise<Measured<unknown> | undefined> => {
    const needed = needs === undefined ? undefined : await ended.get(needs);
    if (needs !== undefined && needed === undefined) {
      count.failed += 1;
      console.error(`${id}: not run, for ${needs} failed`);
      return undefined;
    }
    const found = await outcome(runner, task(needed?.values), id);
    if (E.isLeft(found)) {
      count.failed += 1;
      console.error(`${id}: ${found.left._tag}: ${found.left.stack ?? found.left.message}`);
      return undefined;
    }
    const { value } = found.right;
    appendRow(results, {
      ...{ id, ...label, quick, ...value },
      key: rowKey(id),
      workers: queue === undefined ? workers : null,
      command: commandFor(id, options),
      finished: new Date().toISOString(),
    });
    count.done += 1;
    console.log(`${count.done}/${missing.length} ${id}: ${value.seconds} s`);
    return value;
  };
  try {
    await eachOf(missing, queue === undefined ? workers : missing.length, async (row) => {
      const running = ran(row);
      ended.set(row.id, running);
      await running;
    });
  } finally {
    await runner.close();
  }
  if (count.done > 0) console.log(`journal: ${path.relative('.', results)}`);
  return count.failed;
};
