import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { start } from '../../support/backends.ts';
import { type Operation, operations } from '../../vmap/indices/operations.ts';
import { argument, toTensor } from '../../vmap/indices/samples.ts';

beforeAll(async () => {
  await start('wasm');
  useKernels(true);
});

type Outcome =
  | { readonly shape: readonly number[]; readonly values: readonly number[] }
  | { readonly error: string };

const on = async (backend: 'cpu' | 'wasm', f: () => tf.Tensor): Promise<Outcome> => {
  await start(backend);
  return tf.tidy(() => {
    try {
      const y = f();
      return { shape: y.shape, values: Array.from(y.dataSync()) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  });
};

/** What went wrong, without the index: of several that are out of range either backend may name another. */
const outcomeKind = (one: Outcome): string => ('error' in one ? one.error.replace(/[[\]\d,-]/g, '') : 'none');

const cases = ({ args }: Operation) =>
  fc.boolean().chain((within) => fc.tuple(...args.map((wanted) => argument(wanted, [], within))));

describe('operations by indices on wasm', () => {
  it.each(operations.map((one) => [one.name, one] as const))(
    '%s does what it does on cpu, in range and out of it',
    async (_, operation) => {
      await fc.assert(
        fc.asyncProperty(cases(operation), async (args) => {
          const f = (): tf.Tensor => operation.f(...args.map(({ all }) => toTensor(all)));
          const expected = await on('cpu', f);
          const before = tf.memory().numTensors;
          const actual = await on('wasm', f);
          expect(tf.memory().numTensors).toBe(before);
          if ('error' in expected) expect(outcomeKind(actual)).toBe(outcomeKind(expected));
          else {
            if ('error' in actual) throw new Error(actual.error);
            expect(actual.shape).toEqual(expected.shape);
            expected.values.forEach((value, at) => {
              if (Number.isNaN(value)) expect(actual.values[at]).toBeNaN();
              else expect(actual.values[at]).toBeCloseTo(value, 4);
            });
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  it('gathers with any number of batch axes, along any axis behind them, of every dtype', async () => {
    const sizes = fc.array(fc.nat(3), { minLength: 1, maxLength: 3 });
    const shapes = fc
      .record({
        // The cpu backend rejects an empty batch.
        outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        between: fc.array(fc.nat(3), { maxLength: 1 }),
        rows: fc.integer({ min: 1, max: 3 }),
        rest: fc.array(fc.nat(3), { maxLength: 1 }),
        chosen: sizes,
        dtype: fc.constantFrom('float32', 'int32', 'bool'),
      })
      .chain((drawn) => {
        const count = tf.util.sizeFromShape([...drawn.outer, ...drawn.chosen]);
        const index = fc.nat(drawn.rows - 1);
        return fc.record({
          drawn: fc.constant(drawn),
          picked: fc.array(index, { minLength: count, maxLength: count }),
          fromTheEnd: fc.boolean(),
        });
      });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ drawn, picked, fromTheEnd }) => {
        const { outer, between, rows, rest, chosen, dtype } = drawn;
        const shape = [...outer, ...between, rows, ...rest];
        const axis = outer.length + between.length - (fromTheEnd ? shape.length : 0);
        const f = (): tf.Tensor => {
          const x = tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape);
          const taken = dtype === 'bool' ? tf.equal(tf.mod(x, 2), 0) : tf.cast(x, dtype);
          const at: tf.Tensor = tf.tensor(picked, [...outer, ...chosen], 'int32');
          const batchDims = outer.length - (fromTheEnd ? at.rank : 0);
          return tf.gather(taken, at as tf.Tensor1D, axis, batchDims);
        };
        expect(await on('wasm', f)).toEqual(await on('cpu', f));
      }),
      { numRuns: 100 },
    );
  });

  it('a slice beyond the end', async () => {
    for (const f of [
      () => tf.slice(tf.range(0, 6), [5], [3]),
      () => tf.slice(tf.zeros([2, 3]), [0, 2], [2, 2]),
    ])
      expect(await on('wasm', f)).toEqual(await on('cpu', f));
    expect(await on('cpu', () => tf.slice(tf.range(0, 6), [5], [3]))).toHaveProperty('error');
  });
});
