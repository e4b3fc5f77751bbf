import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batches, random, type Source, stream, tree } from '../../src/index.ts';
import type { Items } from '../../src/training/index.ts';
import { openEpoch } from '../../src/training/source.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { values } from '../support/numbers.ts';
import { expectSame } from '../transforms/support/compare.ts';
import { readAll, rejection, settled } from './support/reading.ts';
import { expectNoTensorsLeft, makeBatches, makeRows, type RowBatch } from './support/streams.ts';

const key = random.key(3);

/** The same rows as one tensor of each. */
const makeTable = (rows: number) =>
  tf.tidy(() => {
    const all = tf.range(0, rows);
    const pair = (a: tf.Tensor, b: tf.Tensor) => tf.stack([a, b], 1);
    const even = tf.equal(tf.mod(all, 2), 0);
    const yes = tf.cast(tf.ones([rows]), 'bool');
    return {
      inputs: [
        pair(all, tf.fill([rows], 0.5)),
        {
          pixels: tf.cast(tf.stack([all, tf.fill([rows], 1), tf.fill([rows], 2)], 1), 'int32'),
        },
      ] as const,
      targets: all as tf.Tensor,
      weights: tf.add(all, 1),
      mask: tf.cast(
        tf.stack([pair(yes, even), pair(tf.logicalNot(yes), yes)] as tf.Tensor[], 1),
        'bool',
      ) as tf.Tensor,
    };
  });

/** Everything that items may come in. */
const carriers: Readonly<Record<string, <T>(items: Iterable<T>) => Items<T> | Promise<Items<T>>>> = {
  array: (items) => Array.from(items),
  generator: (items) => items,
  'promise of a generator': async (items) => items,
  'async generator': async function* (items) {
    for (const item of items) {
      await Promise.resolve();
      yield item;
    }
  },
  'web stream': <T>(items: Iterable<T>) => {
    const iterator = items[Symbol.iterator]();
    const pull = (controller: ReadableStreamDefaultController<T>) => {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    };
    // Without a queue of its own, whose tensors nobody but the stream could dispose.
    return new ReadableStream<T>({ pull }, { highWaterMark: 0 });
  },
  'dataset of tf.data': (items) => ({
    iterator: async () => {
      const inner = items[Symbol.iterator]();
      return { next: async () => inner.next() };
    },
  }),
};

const carrierNames = Object.keys(carriers);

const readTargets = (read: readonly RowBatch[]): readonly number[] =>
  read.flatMap(({ targets }) => [...values(targets)]);

const counts = Array.from({ length: 100 }, (_, row) => row);

describeOnBackends('stream', () => {
  expectNoTensorsLeft();

  const drawn = fc.record({
    rows: fc.integer({ min: 1, max: 20 }),
    size: fc.integer({ min: 1, max: 22 }),
    prefetch: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    carrier: fc.constantFrom(...carrierNames),
    epoch: fc.integer({ min: 0, max: 5 }),
  });

  it('stacks rows to the batches of the same data in memory, bit for bit, whatever carries them', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ rows, size, prefetch, carrier, epoch }) => {
        const source = stream(() => carriers[carrier]!(makeRows(rows)), {
          rows,
          size,
          ...(prefetch !== undefined && { prefetch }),
        });
        const table = makeTable(rows);
        const inMemory = batches(table, { size, shuffle: false });
        expect([source.rows, source.length]).toEqual([rows, inMemory.length]);
        const [read, expected] = [
          await readAll(source, key, epoch),
          await readAll<unknown>(inMemory, key, epoch),
        ];
        expectSame(read, expected);
        tree.dispose([read, expected, table]);
      }),
      { numRuns: runs(30) },
    );
  });

  it('passes batches on, learns their size, and begins at the given batch', async () => {
    const from = fc.nat(100);
    await fc.assert(
      fc.asyncProperty(drawn, from, async ({ rows, size, prefetch = 2, carrier, epoch }, at) => {
        const source = stream(() => carriers[carrier]!(makeBatches(rows, size)), { rows, prefetch });
        expect(source.length).toBe(undefined);
        const length = Math.ceil(rows / size);
        const first = at % length;
        const read = await readAll(source, key, epoch, first);
        expect(source.length).toBe(length);
        expect(read.map(({ targets }) => targets.shape[0])).toEqual([
          ...Array.from({ length: length - 1 - first }, () => size),
          rows - (length - 1) * size,
        ]);
        expect(readTargets(read)).toEqual(counts.slice(first * size, rows));
        tree.dispose(read);
      }),
      { numRuns: runs(30) },
    );
  });

  it('shuffles in a buffer: all rows once, none earlier than the buffer allows, another order each epoch', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawn,
        fc.integer({ min: 1, max: 25 }),
        async ({ rows, size, carrier, epoch }, shuffle) => {
          const source = stream(() => carriers[carrier]!(makeRows(rows)), { rows, size, shuffle });
          const order = async (of: number, from = 0) => {
            const read = await readAll(source, key, of, from);
            const targets = readTargets(read);
            tree.dispose(read);
            return targets;
          };
          const once = await order(epoch);
          expect([...once].sort((a, b) => a - b)).toEqual(counts.slice(0, rows));
          expect(once.every((row, place) => row < place + shuffle)).toBe(true);
          expect(await order(epoch)).toEqual(once);
          const from = Math.floor(source.length! / 2);
          expect(await order(epoch, from)).toEqual(once.slice(from * size));
          if (rows > 15 && shuffle > 10) expect(await order(epoch + 1)).not.toEqual(once);
          if (shuffle === 1) expect(once).toEqual(counts.slice(0, rows));
        },
      ),
      { numRuns: runs(20) },
    );
  });

  it('shuffles fairly: with a buffer for all, every row stands in every place as often', async () => {
    const n = runs(1000);
    const source = stream(() => [0, 1, 2, 3].map((targets) => ({ targets })), {
      rows: 4,
      size: 4,
      shuffle: 9,
    });
    const tally = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let epoch = 0; epoch < n; epoch++) {
      const read = await readAll(source, key, epoch);
      readTargets(read).forEach((row, place) => {
        tally[place]![row]! += 1;
      });
      tree.dispose(read);
    }
    for (const count of tally.flat())
      expect(Math.abs(count / n - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / n));
  });

  it('opens each epoch with a key of its own, which is the same each time', async () => {
    const opened: string[] = [];
    const source = stream(
      (own, epoch) => {
        opened.push(`${epoch} ${own}`);
        return makeBatches(2, 2);
      },
      { rows: 2 },
    );
    for (const epoch of [0, 1, 0]) tree.dispose(await readAll(source, key, epoch));
    tree.dispose(await readAll(source, random.key(4), 0));
    expect(opened[2]).toBe(opened[0]);
    expect(new Set(opened.map((each) => each.slice(2))).size).toBe(3);
  });

  it('reads ahead while a step runs, as many batches as asked for, and none before it is opened', async () => {
    const before = tf.memory().numTensors;
    for (const prefetch of [0, 1, 2, 5]) {
      const made = { count: 0 };
      const source = stream(
        function* () {
          for (const batch of makeBatches(12, 1)) {
            made.count += 1;
            yield batch;
          }
        },
        { rows: 12, prefetch },
      );
      const reading = openEpoch(source, key, 0, 0);
      await settled();
      expect(made.count).toBe(0);
      for (const due of [1, 2, 3]) {
        tree.dispose((await reading.next()).value);
        await settled();
        expect(made.count).toBe(due + prefetch);
      }
      await reading.close();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('disposes what nobody has got and closes what it reads, when it is closed early', async () => {
    const before = tf.memory().numTensors;
    for (const carrier of carrierNames) {
      for (const size of [undefined, 2]) {
        const closed = { count: 0 };
        function* items() {
          try {
            if (size === undefined) yield* makeBatches(12, 1);
            else yield* makeRows(12);
          } finally {
            closed.count += 1;
          }
        }
        const make = () => carriers[carrier]!(items() as Iterable<RowBatch>);
        const source = (
          size === undefined ? stream(make, { rows: 12 }) : stream(make, { rows: 12, size, shuffle: 5 })
        ) as Source<RowBatch>;
        const unopened = openEpoch(source, key, 0, 0);
        await unopened.close();
        expect((await unopened.next()).done).toBe(true);
        // An array that is not read belongs to whoever made it.
        if (carrier === 'array') continue;
        const reading = openEpoch(source, key, 0, 1);
        tree.dispose((await reading.next()).value);
        await reading.close();
        expect((await reading.next()).done).toBe(true);
        if (!/web|tf.data/.test(carrier)) expect(closed.count).toBe(1);
        await settled();
        expect(tf.memory().numTensors).toBe(before);
      }
    }
  });

  it('cancels a web stream, also while a read is pending', async () => {
    const cancelled = { count: 0 };
    const source = stream(
      () =>
        new ReadableStream<RowBatch>({
          cancel: () => {
            cancelled.count += 1;
          },
        }),
      { rows: 2 },
    );
    const reading = openEpoch(source, key, 0, 0);
    const pending = reading.next();
    await settled();
    await reading.close();
    expect(cancelled.count).toBe(1);
    expect((await pending).done).toBe(true);
  });

  it('does not wait for a read that never settles, and disposes one that comes too late', async () => {
    const never = new Promise<never>(() => {});
    for (const make of [
      () => never,
      async function* () {
        await never;
        yield* makeBatches(2, 1);
      },
    ]) {
      const reading = openEpoch(stream(make, { rows: 2 }), key, 0, 0);
      void reading.next();
      await settled();
      await reading.close();
    }
    for (const size of [undefined, 2]) {
      const gate: { open: () => void } = { open: () => {} };
      const opened = new Promise<void>((resolve) => {
        gate.open = resolve;
      });
      const items = async function* () {
        await opened;
        if (size === undefined) yield* makeBatches(4, 2);
        else yield* makeRows(4);
      };
      const source = stream(
        items as () => AsyncIterable<RowBatch>,
        {
          rows: 4,
          ...(size && { size }),
        } as { readonly rows: number },
      );
      const reading = openEpoch(source, key, 0, 0);
      const pending = reading.next();
      await settled();
      await reading.close();
      gate.open();
      expect((await pending).done).toBe(true);
    }
  });

  it('reports a failed read when its batch is due, and never otherwise', async () => {
    const failing = async function* () {
      yield* makeBatches(4, 2);
      throw new Error('the disk is gone');
    };
    const source = stream(failing, { rows: 8, prefetch: 3 });
    const reading = openEpoch(source, key, 0, 0);
    for (const _ of [1, 2]) {
      const { value } = await reading.next();
      await settled();
      tree.dispose(value);
    }
    expect(await rejection(reading.next())).toBe('the disk is gone');
    expect((await reading.next()).done).toBe(true);
    const stopped = openEpoch(source, key, 0, 0);
    tree.dispose((await stopped.next()).value);
    await settled();
    await stopped.close();
    const thrown = stream(
      () => {
        throw new Error('no such file');
      },
      { rows: 1 },
    );
    expect(await rejection(readAll(thrown, key))).toBe('no such file');
  });

  it('closes what it reads after an item that it refuses', async () => {
    const closed = { count: 0 };
    const source = stream(
      function* () {
        try {
          yield* makeBatches(2, 2);
          yield { inputs: tf.ones([2, 3]), targets: tf.ones([2]) };
          yield* makeBatches(20, 2);
        } finally {
          closed.count += 1;
        }
      },
      { rows: 20 },
    );
    const looped = (async () => {
      for await (const batch of source.epoch(key, 0) as AsyncIterable<RowBatch>) tree.dispose(batch);
    })();
    expect(await rejection(looped)).toContain('inputs of batch 1 of epoch 0');
    expect(closed.count).toBe(1);
    const reading = openEpoch(source, key, 0, 0);
    tree.dispose((await reading.next()).value);
    expect(await rejection(reading.next())).toContain('inputs of batch 1 of epoch 0');
    expect(closed.count).toBe(2);
  });
});
