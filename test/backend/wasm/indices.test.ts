import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { start } from '../../support/backends.ts';
import { type Operation, operations } from '../../vmap/indices/operations.ts';
import { argument, tensorOf } from '../../vmap/indices/samples.ts';

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
const kindOf = (one: Outcome): string => ('error' in one ? one.error.replace(/[[\]\d,-]/g, '') : 'none');

const cases = ({ args }: Operation) =>
  fc.boolean().chain((within) => fc.tuple(...args.map((wanted) => argument(wanted, [], within))));

describe('operations by indices on wasm', () => {
  // The order of axes is wrong in tfjs's kernel for batchDims.
  const here = operations.filter(({ name }) => name !== 'gather with batchDims');

  it.each(here.map((one) => [one.name, one] as const))(
    '%s does what it does on cpu, in range and out of it',
    async (_, operation) => {
      await fc.assert(
        fc.asyncProperty(cases(operation), async (args) => {
          const f = (): tf.Tensor => operation.f(...args.map(({ all }) => tensorOf(all)));
          const expected = await on('cpu', f);
          const before = tf.memory().numTensors;
          const actual = await on('wasm', f);
          expect(tf.memory().numTensors).toBe(before);
          if ('error' in expected) expect(kindOf(actual)).toBe(kindOf(expected));
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

  it('a slice beyond the end', async () => {
    for (const f of [
      () => tf.slice(tf.range(0, 6), [5], [3]),
      () => tf.slice(tf.zeros([2, 3]), [0, 2], [2, 2]),
    ])
      expect(await on('wasm', f)).toEqual(await on('cpu', f));
    expect(await on('cpu', () => tf.slice(tf.range(0, 6), [5], [3]))).toHaveProperty('error');
  });
});
