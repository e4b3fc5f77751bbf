import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { random, stream, tree } from '../../src/index.ts';
import type { Items } from '../../src/training/index.ts';
import { openEpoch } from '../../src/training/source.ts';
import { describeOnBackends } from '../support/backends.ts';
import { readAll, rejection } from './support/reading.ts';
import { expectNoTensorsLeft, makeBatches, makeRows, type RowBatch, rowAt } from './support/streams.ts';

const key = random.key(3);

describeOnBackends('a stream that is refused', () => {
  expectNoTensorsLeft();

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
    expect(await refusal(() => makeBatches(120, 40), { rows: 200 })).toBe(
      'stream: epoch 0 ended after 120 of 200 rows',
    );
    expect(await refusal(() => makeBatches(130, 40), { rows: 200 }, 3)).toBe(
      'stream: epoch 3 ended after 130 of 200 rows',
    );
    expect(await refusal(() => makeRows(3), { rows: 5, size: 2 }, 1)).toBe(
      'stream: epoch 1 ended after 3 of 5 rows',
    );
    expect(await refusal(() => [], { rows: 5 })).toBe('stream: epoch 0 ended after 0 of 5 rows');
    expect(await refusal(() => makeBatches(100, 10), { rows: 20 })).toBe(
      'stream: epoch 0 must end after 20 rows, got more',
    );
    const forever = function* () {
      for (;;) yield rowAt(0);
    };
    for (const shuffle of [undefined, 2, 50])
      expect(await refusal(forever, { rows: 20, size: 7, ...(shuffle && { shuffle }) })).toBe(
        'stream: epoch 0 must end after 20 rows, got more',
      );
    expect(await refusal(() => makeBatches(30, 30), { rows: 20 })).toBe(
      'stream: rows of batch 0 of epoch 0 must be 20, the last of 20, got 30',
    );
    const uneven = function* () {
      yield* makeBatches(2, 2);
      yield* makeBatches(1, 1);
      yield* makeBatches(2, 2);
    };
    expect(await refusal(uneven, { rows: 5 })).toBe(
      'stream: rows of batch 1 of epoch 0 must be 2, as in the first batch, got 1',
    );
  });

  it('refuses batches of another form than before, also in a later epoch', async () => {
    const then = (make: () => object) => () => [...makeBatches(2, 2), make()];
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
});
