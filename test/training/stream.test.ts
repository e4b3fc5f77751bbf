import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { augment, batches, type Items, random, type Source, stream, tree } from '../../src/index.ts';
import { openEpoch } from '../../src/training/source.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { values } from '../support/numbers.ts';
import { expectSame } from '../transforms/support/compare.ts';
import { readAll, rejection, settled } from './support/reading.ts';

const key = random.key(3);

interface Row {
  readonly inputs: readonly [tf.Tensor, { readonly pixels: Uint8Array }];
  readonly targets: number;
  readonly weights: number;
  readonly mask: readonly (readonly boolean[])[];
}

type RowBatch = { readonly targets: tf.Tensor };

/** A row of every kind of leaf, whose values say which it is. */
const rowAt = (row: number): Row => ({
  inputs: [tf.tensor1d([row, 0.5]), { pixels: Uint8Array.of(row, 1, 2) }],
  targets: row,
  weights: row + 1,
  mask: [
    [true, row % 2 === 0],
    [false, true],
  ],
});

/** The same rows as one tensor of each. */
const tableOf = (rows: number) =>
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

function* rowsOf(count: number): Generator<Row> {
  for (let row = 0; row < count; row++) yield rowAt(row);
}

/** Batches of rows that are counted from 0. */
function* batchesOf(rows: number, size: number): Generator<{ inputs: tf.Tensor; targets: tf.Tensor }> {
  for (let start = 0; start < rows; start += size) {
    const targets = tf.range(start, Math.min(start + size, rows));
    yield { inputs: tf.reshape(targets, [-1, 1]), targets };
  }
}

const targetsOf = (read: readonly RowBatch[]): readonly number[] =>
  read.flatMap(({ targets }) => [...values(targets)]);

const counts = Array.from({ length: 100 }, (_, row) => row);

describeOnBackends('stream', () => {
  const before = { tensors: 0 };
  beforeEach(() => {
    before.tensors = tf.memory().numTensors;
  });
  afterEach(async () => {
    await settled();
    expect(tf.memory().numTensors).toBe(before.tensors);
  });

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
        const source = stream(() => carriers[carrier]!(rowsOf(rows)), {
          rows,
          size,
          ...(prefetch !== undefined && { prefetch }),
        });
        const table = tableOf(rows);
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

  it('passes batches on, learns their size, and begins where it is told', async () => {
    const from = fc.nat(100);
    await fc.assert(
      fc.asyncProperty(drawn, from, async ({ rows, size, prefetch = 2, carrier, epoch }, at) => {
        const source = stream(() => carriers[carrier]!(batchesOf(rows, size)), { rows, prefetch });
        expect(source.length).toBe(undefined);
        const length = Math.ceil(rows / size);
        const first = at % length;
        const read = await readAll(source, key, epoch, first);
        expect(source.length).toBe(length);
        expect(read.map(({ targets }) => targets.shape[0])).toEqual([
          ...Array.from({ length: length - 1 - first }, () => size),
          rows - (length - 1) * size,
        ]);
        expect(targetsOf(read)).toEqual(counts.slice(first * size, rows));
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
          const source = stream(() => carriers[carrier]!(rowsOf(rows)), { rows, size, shuffle });
          const order = async (of: number, from = 0) => {
            const read = await readAll(source, key, of, from);
            const targets = targetsOf(read);
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
      targetsOf(read).forEach((row, place) => {
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
        return batchesOf(2, 2);
      },
      { rows: 2 },
    );
    for (const epoch of [0, 1, 0]) tree.dispose(await readAll(source, key, epoch));
    tree.dispose(await readAll(source, random.key(4), 0));
    expect(opened[2]).toBe(opened[0]);
    expect(new Set(opened.map((each) => each.slice(2))).size).toBe(3);
  });

  it('reads ahead while a step runs, as many batches as asked for, and none before it is opened', async () => {
    for (const prefetch of [0, 1, 2, 5]) {
      const made = { count: 0 };
      const source = stream(
        function* () {
          for (const batch of batchesOf(12, 1)) {
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
      expect(tf.memory().numTensors).toBe(before.tensors);
    }
  });

  it('disposes what nobody has got and closes what it reads, when it is closed early', async () => {
    for (const carrier of carrierNames) {
      for (const size of [undefined, 2]) {
        const closed = { count: 0 };
        function* items() {
          try {
            if (size === undefined) yield* batchesOf(12, 1);
            else yield* rowsOf(12);
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
        expect(tf.memory().numTensors).toBe(before.tensors);
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
        yield* batchesOf(2, 1);
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
        if (size === undefined) yield* batchesOf(4, 2);
        else yield* rowsOf(4);
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
      yield* batchesOf(4, 2);
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
          yield* batchesOf(2, 2);
          yield { inputs: tf.ones([2, 3]), targets: tf.ones([2]) };
          yield* batchesOf(20, 2);
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

  const refusal = async (make: () => unknown, options: object, epoch = 0): Promise<string> => {
    const source = stream(make as () => Items<RowBatch>, options as { readonly rows: number });
    const read: RowBatch[] = [];
    const reading = openEpoch(source, key, epoch, 0);
    const message = await rejection(
      (async () => {
        for (;;) {
          const { done, value } = await reading.next();
          if (done) return;
          read.push(value);
        }
      })(),
    );
    await reading.close();
    tree.dispose(read);
    return message;
  };

  it('refuses epochs of fewer or more rows', async () => {
    expect(await refusal(() => batchesOf(120, 40), { rows: 200 })).toBe(
      'stream: epoch 0 ended after 120 of 200 rows',
    );
    expect(await refusal(() => batchesOf(130, 40), { rows: 200 }, 3)).toBe(
      'stream: epoch 3 ended after 130 of 200 rows',
    );
    expect(await refusal(() => rowsOf(3), { rows: 5, size: 2 }, 1)).toBe(
      'stream: epoch 1 ended after 3 of 5 rows',
    );
    expect(await refusal(() => [], { rows: 5 })).toBe('stream: epoch 0 ended after 0 of 5 rows');
    expect(await refusal(() => batchesOf(100, 10), { rows: 20 })).toBe(
      'stream: epoch 0 must end after 20 rows, got more',
    );
    const forever = function* () {
      for (;;) yield rowAt(0);
    };
    for (const shuffle of [undefined, 2, 50])
      expect(await refusal(forever, { rows: 20, size: 7, ...(shuffle && { shuffle }) })).toBe(
        'stream: epoch 0 must end after 20 rows, got more',
      );
    expect(await refusal(() => batchesOf(30, 30), { rows: 20 })).toBe(
      'stream: rows of batch 0 of epoch 0 must be 20, the last of 20, got 30',
    );
    const uneven = function* () {
      yield* batchesOf(2, 2);
      yield* batchesOf(1, 1);
      yield* batchesOf(2, 2);
    };
    expect(await refusal(uneven, { rows: 5 })).toBe(
      'stream: rows of batch 1 of epoch 0 must be 2, as in the first batch, got 1',
    );
  });

  it('refuses batches of another form than before, also in a later epoch', async () => {
    const then = (make: () => object) => () => [...batchesOf(2, 2), make()];
    const refused = (make: () => object) => refusal(then(make), { rows: 4 });
    expect(await refused(() => ({ inputs: tf.ones([2, 3]), targets: tf.ones([2]) }))).toBe(
      'stream: inputs of batch 1 of epoch 0 must be a float32 tensor of shape [2, 1], as before, got a float32 tensor of shape [2, 3]',
    );
    expect(await refused(() => ({ inputs: tf.ones([2, 1]), targets: tf.ones([2], 'int32') }))).toBe(
      'stream: targets of batch 1 of epoch 0 must be a float32 tensor of shape [2], as before, got an int32 tensor of shape [2]',
    );
    expect(await refused(() => ({ inputs: tf.ones([2, 1]), labels: tf.ones([2]) }))).toBe(
      'stream: batch 1 of epoch 0 must be of tensors [inputs, targets], as before, got an object with keys [inputs, labels]',
    );
    expect(await refused(() => ({ inputs: tf.ones([2, 1]), targets: tf.ones([1]) }))).toBe(
      'stream: targets of batch 1 of epoch 0 must be a tensor of 2 rows like inputs, got a float32 tensor of shape [1]',
    );
    const source = stream((_, epoch) => [{ inputs: tf.ones([1, epoch + 1]), targets: tf.ones([1]) }], {
      rows: 1,
    });
    tree.dispose(await readAll(source, key, 0));
    expect(await rejection(readAll(source, key, 1))).toMatch(/^stream: inputs of batch 0 of epoch 1 must be/);
  });

  it('refuses what is no batch or no row', async () => {
    const hint = '; a stream of rows needs a size, the rows in a batch';
    for (const [item, got] of [
      [undefined, 'undefined'],
      [{ inputs: [1, 2], targets: 3 }, 'an object with keys [inputs, targets]'],
      ['line', "'line'"],
    ] as const)
      expect(await refusal(() => [item], { rows: 1 })).toBe(
        `stream: batch 0 of epoch 0 must be a batch, { inputs, targets } of tensors with rows on the first axis, got ${got}${hint}`,
      );
    expect(await refusal(() => [{ inputs: tf.scalar(1), targets: tf.ones([1]) }], { rows: 1 })).toContain(
      'stream: inputs of batch 0 of epoch 0 must be a tensor with at least one row, got',
    );
    const kept = { inputs: tf.ones([1, 1]), targets: tf.ones([1]) };
    tree.dispose(kept);
    expect(await refusal(() => [kept], { rows: 1 })).toMatch(
      /^stream: inputs of batch 0 of epoch 0 must be a tensor that is not disposed, got .*; make must return new tensors in each epoch/,
    );
    for (const made of [undefined, 5, {}, { next: 1 }])
      expect(await refusal(() => made, { rows: 1 })).toMatch(
        /^stream: result of make must be an iterable or async iterable, a ReadableStream or a tf.data dataset, got/,
      );
    const rows = (...items: readonly unknown[]) => refusal(() => items, { rows: items.length, size: 2 });
    expect(await rows({ inputs: [1, 2], targets: 'cat' })).toBe(
      "stream: targets of row 0 of epoch 0 must be a number, a boolean, a list of these, a typed array or a tensor, got 'cat'",
    );
    const first = { inputs: [1, 2], targets: 0 };
    for (const [row, message] of [
      [
        { inputs: [1, 2, 3], targets: 0 },
        /^stream: inputs of row 1 of epoch 0 must be float32 numbers of shape \[2\], as before, got \[1, 2, 3\]/,
      ],
      [
        { inputs: [1, [2]], targets: 0 },
        /^stream: inputs of row 1 of epoch 0 must be float32 numbers of shape \[2\]/,
      ],
      [{ inputs: [1, null], targets: 0 }, /^stream: inputs of row 1 of epoch 0/],
      [{ inputs: Int32Array.of(1, 2), targets: 0 }, /^stream: inputs of row 1 of epoch 0/],
      [{ inputs: tf.tensor1d([1, 2]), targets: 0 }, /^stream: inputs of row 1 of epoch 0/],
      [
        { inputs: [1, 2], targets: true },
        /^stream: targets of row 1 of epoch 0 must be one of float32 numbers, as before, got true/,
      ],
      [{ inputs: [1, 2] }, /^stream: row 1 of epoch 0 must be of parts \[inputs, targets\], as before, got/],
      [
        { ...first, more: 1 },
        /^stream: row 1 of epoch 0 must be of parts \[inputs, targets\], as before, got/,
      ],
      [null, /^stream: row 1 of epoch 0 must be of parts/],
    ] as const)
      expect(await rows(first, row)).toMatch(message);
    expect(await rows(first, { inputs: Float64Array.of(3, 4), targets: 1 })).toBe('nothing');
  });

  it('refuses each bad option by name', () => {
    const refused = (options: object, make: unknown = () => []) => {
      try {
        stream(make as () => Items<RowBatch>, { rows: 4, ...options });
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    };
    for (const name of ['rows', 'size', 'shuffle'])
      for (const value of [0, -1, 1.5, '2', null])
        expect(refused({ size: 1, [name]: value })).toContain(
          `stream: ${name} must be a positive integer, got`,
        );
    expect(refused({ rows: undefined })).toContain('stream: rows must be a positive integer, got undefined');
    expect(refused({ prefetch: -1 })).toBe('stream: prefetch must be a non-negative integer, got -1');
    expect(refused({ shuffle: 3 })).toBe(
      'stream: shuffle must be left out in a stream of batches, got 3; a stream of rows has a size',
    );
    expect(refused({}, [])).toContain('stream: make must be a function of (key, epoch)');
  });

  it('can be augmented, with noise that a resumed run repeats, and keeps no tensor that is not used', async () => {
    const noisy = augment(
      (own: random.Key, { inputs, targets }: { inputs: tf.Tensor; targets: tf.Tensor }) => ({
        inputs: tf.add(inputs, random.normal(own, inputs.shape)),
        targets,
      }),
    );
    const [table] = [...batchesOf(6, 6)];
    const streamed = noisy(stream(() => batchesOf(6, 2), { rows: 6 }));
    const indexed = noisy(batches(table!, { size: 2, shuffle: false }));
    const read = await readAll(streamed, key, 1);
    expect([streamed.rows, streamed.length, indexed.length]).toEqual([6, 3, 3]);
    const same = await readAll(indexed, key, 1);
    expectSame(same, read);
    const resumed = await readAll(streamed, key, 1, 1);
    expectSame(resumed, read.slice(1));
    const other = await readAll(streamed, key, 2);
    expect(values(other[0]!.inputs)).not.toEqual(values(read[0]!.inputs));
    tree.dispose([table, read, same, resumed, other]);
    const reading = openEpoch(streamed, key, 0, 0);
    tree.dispose((await reading.next()).value);
    await reading.close();
  });

  it('gives each augmentation noise of its own, and disposes a batch whose augmentation fails', async () => {
    const draws: number[] = [];
    const drawing = augment((own: random.Key, batch: { inputs: tf.Tensor }) => {
      draws.push(values(random.uniform(own, [1]))[0]!);
      return batch;
    });
    const table = { inputs: tf.ones([4, 1]), targets: tf.ones([4]) };
    const twice = drawing(drawing(batches(table, { size: 2 })));
    tree.dispose(await readAll(twice, key));
    expect(new Set(draws).size).toBe(4);
    for (const f of [
      () => {
        throw new Error('augment: result of f must be found');
      },
      () => undefined,
      () => ({ inputs: [1] }),
    ]) {
      for (const source of [batches(table, { size: 2 }), stream(() => batchesOf(4, 2), { rows: 4 })])
        expect(await rejection(readAll(augment(f as () => object)(source as Source<object>), key))).toMatch(
          /^augment: result of f must be/,
        );
    }
    expect(() => augment(undefined as never)).toThrow(
      'augment: f must be a function of (key, batch), got undefined',
    );
    expect(() => drawing([] as never)).toThrow(
      'augment: source must be what batches() or stream() returns, got []',
    );
    tree.dispose(table);
  });
});
