import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { batches, random, tree } from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';
import { expectSame } from '../transforms/support/compare.ts';

/** Data whose values say which row they are of. */
const numbered = (rows: number) => ({
  inputs: tf.tidy(() => tf.tile(tf.reshape(tf.range(0, rows), [rows, 1]), [1, 2])),
  targets: tf.range(0, rows, 1, 'int32') as tf.Tensor,
});

const rowsIn = (epoch: { at: (index: number) => { targets: tf.Tensor } }, length: number) =>
  Array.from({ length }, (_, index) => values(epoch.at(index).targets));

describeOnBackends('batches', () => {
  const drawn = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    size: fc.integer({ min: 1, max: 45 }),
    shuffle: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1000 }),
    epoch: fc.integer({ min: 0, max: 1000 }),
  });

  it('has every row once per epoch, in batches of the size except the last', () => {
    fc.assert(
      fc.property(drawn, ({ rows, size, shuffle, seed, epoch }) => {
        tf.tidy(() => {
          const data = batches(numbered(rows), { size, shuffle });
          expect([data.rows, data.length]).toEqual([rows, Math.ceil(rows / size)]);
          const each = rowsIn(data.epoch(random.key(seed), epoch), data.length);
          expect(each.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
          expect(each.at(-1)!.length).toBe(rows % size || size);
          const all = each.flat();
          expect(shuffle ? [...all].sort((a, b) => a - b) : all).toEqual(Array.from(Array(rows).keys()));
        });
      }),
      { numRuns: runs(30), seed: 9 },
    );
  });

  it('is a pure function of key, epoch and index, and keeps inputs and targets together', () => {
    fc.assert(
      fc.property(drawn, ({ rows, size, shuffle, seed, epoch }) => {
        tf.tidy(() => {
          const data = batches(numbered(rows), { size, shuffle });
          const again = batches(numbered(rows), { size, shuffle });
          const first = data.epoch(random.key(seed), epoch);
          data.epoch(random.key(seed), epoch + 1).at(0);
          for (let index = data.length - 1; index >= 0; index--) {
            const batch = first.at(index);
            expectSame(batch, again.epoch(random.key(seed), epoch).at(index));
            expect(values(tf.mean(batch.inputs, 1))).toEqual(values(batch.targets));
            expect(batch.targets.dtype).toBe('int32');
          }
        });
      }),
      { numRuns: runs(20), seed: 10 },
    );
  });

  it('has another order for another epoch and for another key, and no order without shuffle', () => {
    const data = batches(numbered(30), { size: 30 });
    const order = (seed: number, epoch: number) => rowsIn(data.epoch(random.key(seed), epoch), 1)[0]!;
    const orders = [order(0, 0), order(0, 1), order(1, 0), order(1, 1)];
    expect(new Set(orders.map(String)).size).toBe(4);
    const plain = batches(numbered(30), { size: 30, shuffle: false });
    const whole = Array.from(Array(30).keys());
    expect(rowsIn(plain.epoch(random.key(0), 5), 1)).toEqual([whole]);
    expect(orders.map(String)).not.toContain(String(whole));
  });

  it('shuffles fairly: each row comes first about as often', () => {
    const data = batches(numbered(5), { size: 5 });
    const n = 1000;
    const firsts = Array.from(
      { length: n },
      (_, epoch) => rowsIn(data.epoch(random.key(3), epoch), 1)[0]![0]!,
    );
    for (let row = 0; row < 5; row++) {
      const share = firsts.filter((first) => first === row).length / n;
      expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / n));
    }
  });

  it('takes inputs that are a tuple, options in it too', () => {
    const { inputs, targets } = numbered(7);
    const mask = tf.tidy(() => tf.reshape(tf.range(0, 7), [7, 1, 1]));
    const data = batches({ inputs: [inputs, { mask, causal: true }] as const, targets }, { size: 3 });
    const { inputs: own, targets: labels } = data.epoch(random.key(0), 0).at(0);
    const [x, options] = own;
    expect(options.causal).toBe(true);
    expect(options.mask.shape).toEqual([3, 1, 1]);
    expect(values(options.mask)).toEqual(values(labels));
    expect(values(tf.mean(x, 1))).toEqual(values(labels));
  });

  it('keeps weights and masks with their rows, and takes undefined for none', () => {
    const { inputs, targets } = numbered(7);
    const mask = tf.tidy(() => tf.cast(tf.greater(inputs, 3), 'int32'));
    const data = batches({ inputs, targets, weights: tf.range(0, 7), mask }, { size: 3 });
    const batch = data.epoch(random.key(0), 0).at(0);
    expect(values(batch.weights!)).toEqual(values(batch.targets));
    expect(values(batch.mask!)).toEqual(
      values(batch.targets).flatMap((row) => Array(2).fill(Number(row > 3))),
    );
    const none = { inputs, targets, weights: undefined } as { inputs: tf.Tensor; targets: tf.Tensor };
    expect(Object.keys(batches(none, { size: 3 }).epoch(random.key(0), 0).at(0))).toEqual([
      'inputs',
      'targets',
    ]);
  });

  it('makes only new tensors, and leaves the data alone', () => {
    for (const shuffle of [true, false]) {
      const data = batches(numbered(7), { size: 3, shuffle });
      expectNoLeak(() => data.epoch(random.key(0), 0).at(1));
      expectNoLeak(() => data.epoch(random.key(0), 0).at(2));
    }
    const whole = numbered(3);
    expectNoLeak(() => void batches(whole, { size: 2 }));
    tree.dispose(batches(whole, { size: 3, shuffle: false }).epoch(random.key(0), 0).at(0));
    expect(values(whole.targets)).toEqual([0, 1, 2]);
  });

  it('rejects bad sizes, indices and data by name, and leaks nothing', () => {
    const { inputs, targets } = numbered(4);
    for (const size of [0, -1, 1.5, Number.NaN, undefined, '2'])
      expect(() => batches({ inputs, targets }, { size: size as number })).toThrow(
        /batches: size must be a positive integer, got/,
      );
    const epoch = batches({ inputs, targets }, { size: 3 }).epoch(random.key(0), 0);
    for (const index of [2, -1, 0.5])
      expect(() => epoch.at(index)).toThrow(/batches: index must be an integer from 0 to 1, got/);
    const refused = (data: unknown, message: string | RegExp) =>
      expectNoLeak(() => {
        expect(() => batches(data as { inputs: tf.Tensor; targets: tf.Tensor }, { size: 2 })).toThrow(
          message,
        );
      });
    const short = tf.range(0, 3);
    refused({ inputs, targets: short }, 'batches: targets must be a tensor of 4 rows like inputs, got');
    refused(
      { inputs: [inputs, short], targets },
      'batches: inputs.1 must be a tensor of 4 rows like inputs.0',
    );
    refused({ inputs, targets: undefined }, 'batches: targets must be a tensor or');
    refused({ inputs: [[1], [2]], targets }, 'batches: inputs must be a tensor or a tuple of tensors');
    refused({ inputs, targets, weights: short }, 'batches: weights must be a tensor of shape [4], got');
    refused(
      { inputs, targets, mask: targets },
      /^batches: mask must be a tensor of shape \[4, \.\.\.positions\]/,
    );
    refused(
      { inputs, targets, weight: short },
      "batches: unknown field 'weight' of data; did you mean 'weights'?",
    );
    refused(
      { inputs, targets, rows: 4 },
      "batches: unknown field 'rows' of data; the fields are inputs, targets, weights, mask",
    );
    refused(undefined, 'batches: data must be { inputs, targets }, got undefined');
    if (canReadSync()) {
      const minus = tf.tensor1d([1, 2, -1, 0]);
      const zeros = tf.zeros([4]);
      refused(
        { inputs, targets, weights: minus },
        'batches: weights must be finite numbers of at least 0, got -1',
      );
      refused(
        { inputs, targets, weights: zeros },
        'batches: weights must be above 0 for at least one row, got',
      );
      const two = tf.fill([4, 1], 2);
      refused({ inputs, targets, mask: two }, 'batches: mask must be zeros and ones, got 2');
    }
    const [one, none] = [tf.scalar(1), tf.zeros([0, 2])];
    refused({ inputs: one, targets: one }, 'batches: inputs must be a tensor with at least one row');
    refused({ inputs, targets: one }, 'batches: targets must be a tensor of 4 rows like inputs');
    refused({ inputs: none, targets: none }, 'batches: inputs must be a tensor with at least one row');
  });

  it('refuses NaN and infinite data by name, but not large values', () => {
    const { inputs, targets } = numbered(4);
    // Data is trusted on a GPU, where looking would wait for the device.
    const refused = canReadSync() ? [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : [];
    for (const bad of refused) {
      const x = tf.tensor1d([1, bad, 3, -bad]);
      expectNoLeak(() => {
        expect(() => batches({ inputs: [inputs, x], targets }, { size: 2 })).toThrow(
          'batches: inputs.1 must be finite, but has NaN or infinite values',
        );
        expect(() => batches({ inputs, targets: x }, { size: 2 })).toThrow(/batches: targets must be finite/);
      });
    }
    // Their sum overflows float32, they do not.
    const large = tf.fill([4, 1], 3e38);
    expect(batches({ inputs: large, targets }, { size: 2 }).rows).toBe(4);
  });
});
