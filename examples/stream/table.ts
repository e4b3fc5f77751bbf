import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';

/** Rows of a batch. */
export const SIZE = 500;

/** The n-th row of the table, from a cheap generator: two inputs, and a target that is a wave of them with noise. */
const row = (n: number): readonly [number, number, number] => {
  const uniform = (salt: number): number => {
    const mixed = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
    return (Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
  };
  const [a, b] = [2 * uniform(1) - 1, 2 * uniform(2) - 1];
  return [a, b, Math.sin(3 * a) + b * b + 0.4 * (uniform(3) - 0.5)];
};

/** Writes a table of so many rows as comma-separated values. */
export const writeTable = async (path: string, rows: number): Promise<void> => {
  const out = createWriteStream(path);
  out.write('a,b,y\n');
  for (let start = 0; start < rows; start += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - start) }, (_, i) =>
      row(start + i)
        .map((value) => value.toFixed(6))
        .join(),
    );
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
};

const batch = (rows: readonly (readonly number[])[]) => ({
  inputs: tf.tensor2d(rows.map(([a, b]) => [a!, b!])),
  targets: tf.tensor2d(rows.map(([, , y]) => [y!])),
});

/** Reads a table in batches, without ever holding more than one of them. */
export const readBatches = async function* (path: string) {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let rows: (readonly number[])[] = [];
  let isHeader = true;
  for await (const line of lines) {
    if (!isHeader) rows.push(line.split(',').map(Number));
    isHeader = false;
    if (rows.length === SIZE) {
      yield batch(rows);
      rows = [];
    }
  }
  if (rows.length > 0) yield batch(rows);
};
