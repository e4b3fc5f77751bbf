import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../src/index.ts';
import { openEpoch, type Source } from '../../src/training/source.ts';
import { readAll, rejection, settled } from './support/reading.ts';

const key = random.key(0);

beforeAll(() => tf.setBackend('cpu'));

describe('a source of your own', () => {
  it('may have batches by index, whatever `this` they need, and begins at the given batch', async () => {
    const source = {
      rows: 4,
      length: 4,
      epoch: (_: random.Key, epoch: number) => ({
        factor: 10 ** epoch,
        at(index: number) {
          return this.factor * (index + 1);
        },
      }),
    };
    expect(await readAll(source, key, 1)).toEqual([10, 20, 30, 40]);
    expect(await readAll(source, key, 0, 2)).toEqual([3, 4]);
    expect(await readAll(source, key, 0, 4)).toEqual([]);
    const reading = openEpoch(source, key, 0, 0);
    expect(await reading.next()).toEqual({ done: false, value: 1 });
    await reading.close();
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });

  it('may be an async iterable, which is closed early, once, and not after its end', async () => {
    const closed = { count: 0 };
    const source: Source<number> = {
      rows: 3,
      epoch: () => ({
        [Symbol.asyncIterator]: () => {
          const inner = [1, 2, 3].values();
          return {
            next: async () => inner.next(),
            return: async () => {
              closed.count += 1;
              throw new Error('cannot be closed');
            },
          };
        },
      }),
    };
    expect(await readAll(source, key, 0, 1)).toEqual([2, 3]);
    expect(closed.count).toBe(0);
    const reading = openEpoch(source, key, 0, 0);
    await reading.next();
    await reading.close();
    await reading.close();
    expect(closed.count).toBe(1);
    expect((await reading.next()).done).toBe(true);
  });

  it('disposes the batches that it skips, and those that arrive after it is closed', async () => {
    const before = tf.memory().numTensors;
    const gate: { open: () => void } = { open: () => {} };
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    const source = {
      rows: 3,
      epoch: async function* () {
        yield tf.scalar(1);
        yield tf.scalar(2);
        await opened;
        yield tf.scalar(3);
      },
    };
    const reading = openEpoch<tf.Tensor>(source, key, 0, 1);
    expect((await reading.next()).value?.dataSync()[0]).toBe(2);
    const late = reading.next();
    await settled();
    await reading.close();
    gate.open();
    expect((await late).done).toBe(true);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it('is refused by name without a length, batches or anything to read', async () => {
    const open = (source: object, name?: string) => () =>
      openEpoch(source as Source<number>, key, 0, 0, name);
    const epoch = () => ({ at: () => 1 });
    expect(open({ epoch })).toThrow('fit: batches.length must be a positive integer, got undefined');
    expect(open({ epoch, length: 0 }, 'validation')).toThrow(
      'fit: validation.length must be a positive integer',
    );
    for (const wrong of [undefined, {}, 5, 'text'])
      expect(open({ epoch: () => wrong, length: 1 })).toThrow(
        /^fit: result of batches.epoch must be a record with at\(index\), which returns a batch, or an async iterable of batches, got/,
      );
    for (const none of [undefined, Promise.resolve(1)])
      expect(await rejection(readAll({ epoch: () => ({ at: () => none }), length: 1 }, key))).toMatch(
        /^fit: batch 0 of an epoch must be what the loss takes, got/,
      );
  });
});
