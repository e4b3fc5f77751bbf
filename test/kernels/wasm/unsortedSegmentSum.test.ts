import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { values } from '../../support/numbers.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

const sum = (x: tf.Tensor, ids: tf.Tensor, segments: number): tf.Tensor =>
  tf.unsortedSegmentSum(x, ids as tf.Tensor1D, segments);

describe('tf.unsortedSegmentSum on wasm', () => {
  test('equals that of the cpu backend, for odd sizes, empty segments and rows out of range', async () => {
    const sizes = fc.array(fc.nat(6), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 9 }),
        sizes,
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('float32' as const, 'int32' as const),
        fc.nat(),
        (ids, rest, segments, dtype, seed) =>
          sameOnBoth(() => {
            const x = tf.cast(tf.mul(random(seed, [ids.length, ...rest]), 9), dtype);
            return [sum(x, tf.tensor1d(ids, 'int32'), segments)];
          }),
      ),
      { numRuns: 200 },
    );
  });

  test('passes NaN and infinities only to their own segment', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor1d([Number.NaN, 1, Number.POSITIVE_INFINITY, 2]);
      expect(values(sum(x, tf.tensor1d([0, 1, 2, 1], 'int32'), 4))).toEqual([
        Number.NaN,
        3,
        Number.POSITIVE_INFINITY,
        0,
      ]);
    });
  });

  test('leaks no tensor or data', async () => {
    await tf.setBackend('wasm');
    const [x, ids] = [tf.ones([3, 2], 'int32'), tf.tensor1d([0, 1, 0], 'int32')];
    const before = tf.engine().backend.numDataIds();
    expectNoLeak(() => sum(x, ids, 2));
    expect(tf.engine().backend.numDataIds()).toBe(before);
    tf.dispose([x, ids]);
  });

  test('refuses segments that do not fit', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      expect(() => sum(tf.ones([3]), tf.tensor1d([0, 1], 'int32'), 2)).toThrow(
        /row of x of shape \[3\], got int32 of shape \[2\]/,
      );
    });
  });
});
