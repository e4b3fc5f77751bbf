import '@tensorflow/tfjs-backend-cpu';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as data from '@tensorflow/tfjs-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random, stream, tree } from '../../src/index.ts';
import { openEpoch } from '../../src/training/source.ts';
import { values } from '../support/numbers.ts';
import { readAll, settled } from './support/reading.ts';

const key = random.key(1);
const folder = mkdtempSync(join(tmpdir(), 'streams-'));
const file = join(folder, 'table.csv');
const rows = 57;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const lines = Array.from({ length: rows }, (_, row) => `${row},${row / 8},${row % 3}`);
  writeFileSync(file, `${['a', 'b', 'label'].join(',')}\n${lines.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Numbers {
  readonly inputs: readonly number[];
  readonly targets: number;
}

/** Expects the batches of the whole file, in order. */
const expectTable = async (read: readonly { inputs: tf.Tensor; targets: tf.Tensor }[], size: number) => {
  expect(read.map(({ inputs }) => inputs.shape)).toEqual([
    ...Array.from({ length: Math.floor(rows / size) }, () => [size, 2]),
    [rows % size, 2],
  ]);
  expect(read.flatMap(({ inputs }) => values(inputs))).toEqual(
    Array.from({ length: rows }, (_, row) => [row, row / 8]).flat(),
  );
  expect(read.flatMap(({ targets }) => values(targets))).toEqual(
    Array.from({ length: rows }, (_, row) => row % 3),
  );
};

const csv = () =>
  data.csv(pathToFileURL(file).href, { columnConfigs: { label: { isLabel: true } } }).map((item) => {
    const { xs, ys } = item as { xs: { a: number; b: number }; ys: { label: number } };
    return { inputs: [xs.a, xs.b], targets: ys.label };
  });

describe('stream, of files in Node', () => {
  it("reads the rows of tf.data's CSV reader, in every epoch", async () => {
    const before = tf.memory().numTensors;
    const source = stream(() => csv(), { rows, size: 10 });
    for (const epoch of [0, 1]) {
      const read = await readAll(source, key, epoch);
      await expectTable(read, 10);
      tree.dispose(read);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("reads the batches of tf.data's own batching, of CSV and of arrays", async () => {
    const before = tf.memory().numTensors;
    const read = await readAll(
      stream(() => csv().batch(10), { rows }),
      key,
    );
    await expectTable(read as readonly { inputs: tf.Tensor; targets: tf.Tensor }[], 10);
    tree.dispose(read);
    const table = Array.from({ length: rows }, (_, row) => ({ inputs: [row, row / 8], targets: row % 3 }));
    const batched = stream(() => data.array(table).batch(10), { rows });
    const again = await readAll(batched, key);
    await expectTable(again as readonly { inputs: tf.Tensor; targets: tf.Tensor }[], 10);
    tree.dispose(again);
    expect(batched.length).toBe(6);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads lines by a generator, and closes the file when it stops', async () => {
    const closed = { count: 0 };
    const source = stream(
      async function* (): AsyncGenerator<Numbers> {
        const bytes = createReadStream(file);
        try {
          for await (const line of createInterface(bytes)) {
            const [a, b, label] = line.split(',').map(Number);
            if (!Number.isNaN(a)) yield { inputs: [a!, b!], targets: label! };
          }
        } finally {
          bytes.destroy();
          closed.count += 1;
        }
      },
      { rows, size: 10 },
    );
    const read = await readAll(source, key);
    await expectTable(read, 10);
    tree.dispose(read);
    const reading = openEpoch(source, key, 1, 2);
    tree.dispose((await reading.next()).value);
    await reading.close();
    expect(closed.count).toBe(2);
  });

  it('reads Node streams of rows, and destroys them, also while a read is pending', async () => {
    const before = tf.memory().numTensors;
    const items = Array.from({ length: rows }, (_, row) => ({ inputs: [row, row / 8], targets: row % 3 }));
    const opened: Readable[] = [];
    const open = (make: () => Readable) =>
      stream<Numbers>(
        () => {
          const made = make();
          opened.push(made);
          return made;
        },
        { rows, size: 10 },
      );
    const read = await readAll(
      open(() => Readable.from(items)),
      key,
    );
    await expectTable(read, 10);
    tree.dispose(read);
    const early = openEpoch(
      open(() => Readable.from(items)),
      key,
      0,
      0,
    );
    tree.dispose((await early.next()).value);
    await early.close();
    const stuck = openEpoch(
      open(() => new Readable({ objectMode: true, read: () => {} })),
      key,
      0,
      0,
    );
    const pending = stuck.next();
    await settled();
    await stuck.close();
    expect((await pending).done).toBe(true);
    await settled();
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
