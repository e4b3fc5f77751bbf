import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { augment, batches, random, type Source, stream, tree } from '../../src/index.ts';
import { openEpoch } from '../../src/training/source.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';
import { expectSame } from '../transforms/support/compare.ts';
import { readAll, rejection } from './support/reading.ts';
import { expectNoTensorsLeft, makeBatches } from './support/streams.ts';

const key = random.key(3);

describeOnBackends('augment', () => {
  expectNoTensorsLeft();

  it('changes batches with noise that a resumed run repeats, by index and in order alike', async () => {
    const noisy = augment(
      (own: random.Key, { inputs, targets }: { inputs: tf.Tensor; targets: tf.Tensor }) => ({
        inputs: tf.add(inputs, random.normal(own, inputs.shape)),
        targets,
      }),
    );
    const [table] = [...makeBatches(6, 6)];
    const streamed = noisy(stream(() => makeBatches(6, 2), { rows: 6 }));
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
      for (const source of [batches(table, { size: 2 }), stream(() => makeBatches(4, 2), { rows: 4 })])
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
