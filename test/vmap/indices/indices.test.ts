import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { type Backend, describeOnBackends, kernels, runs, start } from '../../support/backends.ts';
import { type Operation, operations } from './operations.ts';
import { type Argument, argument, listSamples, sampleStart, takeSample, toTensor } from './samples.ts';

type Outcome = { readonly values: readonly number[] } | { readonly error: string };

const outcome = (f: () => tf.Tensor): Outcome =>
  tf.tidy(() => {
    try {
      return { values: Array.from(f().dataSync()) };
    } catch (error) {
      return { error: String(error) };
    }
  });

interface Case {
  readonly sizes: readonly number[];
  readonly args: readonly Argument[];
}

const cases = ({ args }: Operation): fc.Arbitrary<Case> =>
  fc
    .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }), fc.boolean())
    .chain(([sizes, within]) =>
      fc
        .tuple(...args.map((wanted) => argument(wanted, sizes, within)))
        .map((drawn): Case => ({ sizes, args: drawn })),
    )
    .filter((drawn) => drawn.args.some((one) => one.mapped.some(Boolean)));

type F = (...args: tf.Tensor[]) => tf.Tensor;

/** The operation mapped over every level, the outermost first. */
const mapped = ({ f }: Operation, { sizes, args }: Case): F =>
  sizes.reduceRight<F>(
    (inner, axisSize, level) =>
      vmap(inner, { inAxes: args.map((one) => (one.mapped[level] ? 0 : null)), axisSize }) as F,
    f as F,
  );

/** Weights of a result whose sum is differentiated, other ones for each number. */
const weights = (length: number): readonly number[] =>
  Array.from({ length }, (_, at) => ((at * 7) % 5) - 1.75);

const isFloat = ({ all }: Argument): boolean => all.dtype === 'float32';

/** Gradients by all floats, one after the other, of the weighted sum of a result. */
const gradients = (f: F, given: readonly Argument[], directions: readonly number[]) => (): tf.Tensor => {
  const tensors = given.map(({ all }) => toTensor(all));
  const by = tf.grads((...floats: tf.Tensor[]) => {
    const rest = [...floats];
    const y = f(...tensors.map((tensor, at) => (isFloat(given[at]!) ? rest.shift()! : tensor)));
    return tf.sum(tf.mul(tf.reshape(y, [-1]), tf.tensor1d([...directions])));
  })(tensors.filter((_, at) => isFloat(given[at]!)));
  return tf.concat(by.map((one) => tf.reshape(one, [-1])));
};

const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, at) => {
    if (Number.isNaN(expected[at]!)) expect(value).toBeNaN();
    else expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(1e-4);
  });
};

/** The plain operation on each sample alone, on cpu. */
const alone = async (f: F, { sizes, args }: Case, backend: Backend): Promise<readonly Outcome[]> => {
  await start('cpu');
  const each = listSamples(sizes).map((sample) =>
    outcome(() => f(...args.map((one) => toTensor(takeSample(one, sizes, sample))))),
  );
  await start(backend);
  return each;
};

/** Whether there is no way to look at indices, so that nothing is refused. */
const isBlind = (backend: Backend): boolean => backend === 'webgpu';

const message = (error: string): void => {
  // Which index, and the range.
  expect(error).toMatch(/got \[?-?\d/);
  expect(error).toMatch(/in \[0, \d+\]|within the shape \[\d|must be non-negative/);
};

describeOnBackends('indices in and out of range', (backend) => {
  afterAll(() => start(backend));

  // On wasm tfjs has no sums of segments, and so no gradient of gather.
  const stockWasm = backend === 'wasm' && !kernels;
  // By itself tfjs looks at the place that several coordinates come to, and not at each of them.
  const several = ['gatherND of numbers', 'scatterND by coordinates', 'sparseToDense'];
  const here = operations.filter(
    ({ name }) => !(stockWasm && name === 'unsortedSegmentSum') && (kernels || !several.includes(name)),
  );

  it.each(here.map((one) => [one.name, one] as const))('%s', async (_, operation) => {
    await fc.assert(
      fc.asyncProperty(cases(operation), async (drawn) => {
        const { sizes, args } = drawn;
        const expected = await alone(operation.f as F, drawn, backend);
        const actual = outcome(() => mapped(operation, drawn)(...args.map(({ all }) => toTensor(all))));
        const failed = expected.find((one) => 'error' in one);
        if (failed !== undefined && !isBlind(backend)) {
          expect(actual).toHaveProperty('error');
          // Where a kernel that looks by itself comes first, these are its words.
          if ('error' in actual && actual.error.includes('vmap')) message(actual.error);
          return;
        }
        if ('error' in actual) throw new Error(actual.error);
        const length = actual.values.length / expected.length;
        for (const [at, sample] of listSamples(sizes).entries()) {
          const own = actual.values.slice(at * length, (at + 1) * length);
          const plain = expected[at]!;
          // A GPU gives what the sample alone gives, whatever the others are.
          const single = args.map((one): Argument => {
            const all = takeSample(one, sizes, sample);
            return {
              ...one,
              mapped: sizes.map(() => true),
              all: { ...all, shape: [...sizes.map(() => 1), ...all.shape] },
            };
          });
          const lonely = (): Outcome =>
            outcome(() =>
              mapped(operation, { sizes: sizes.map(() => 1), args: single })(
                ...single.map(({ all }) => toTensor(all)),
              ),
            );
          const right = isBlind(backend) ? lonely() : plain;
          if ('error' in right) throw new Error(right.error);
          close(own, right.values);
          if (isBlind(backend) && 'values' in plain && !plain.values.some(Number.isNaN))
            close(own, plain.values);
        }
      }),
      { numRuns: runs(40) },
    );
  });

  const differentiable = stockWasm ? [] : operations.filter(({ gradient }) => gradient);

  it.each(differentiable.map((one) => [one.name, one] as const))('gradient of %s', async (_, operation) => {
    await fc.assert(
      fc.asyncProperty(cases(operation), async (drawn) => {
        const { sizes, args } = drawn;
        const plain = await alone(operation.f as F, drawn, backend);
        const fails = plain.some((one) => 'error' in one);
        if (fails && isBlind(backend)) return;
        const lengths = plain.map((one) => ('values' in one ? one.values.length : 0));
        const total = lengths.reduce((sum, one) => sum + one, 0);
        const directions = weights(total);
        const actual = outcome(gradients(mapped(operation, drawn), args, directions));
        if (fails) {
          expect(actual).toHaveProperty('error');
          return;
        }
        if ('error' in actual) throw new Error(actual.error);
        await start('cpu');
        const sums = args.map(({ all }) => all.values.map(() => 0));
        listSamples(sizes).forEach((sample, at) => {
          const own = args.map((one): Argument => ({ ...one, all: takeSample(one, sizes, sample) }));
          const first = at * lengths[0]!;
          const one = outcome(gradients(operation.f as F, own, directions.slice(first, first + lengths[0]!)));
          if ('error' in one) throw new Error(one.error);
          const rest = [...one.values];
          args.forEach((arg, index) => {
            if (!isFloat(arg)) return;
            const begin = sampleStart(arg, sizes, sample);
            rest.splice(0, own[index]!.all.values.length).forEach((value, place) => {
              sums[index]![begin + place]! += value;
            });
          });
        });
        await start(backend);
        close(
          actual.values,
          args.flatMap((arg, at) => (isFloat(arg) ? sums[at]! : [])),
        );
      }),
      { numRuns: runs(40) },
    );
  });

  describe('of two samples', () => {
    const x = () =>
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
    const at = (first: number, second: number) => tf.tensor2d([[first], [second]], [2, 1], 'int32');
    const gather = vmap((a: tf.Tensor, i: tf.Tensor) => tf.gather(a, i as tf.Tensor1D));

    it('gathers from its own sample', () => {
      expect(Array.from(gather(x(), at(1, 0)).dataSync())).toEqual([2, 3]);
    });

    it.skipIf(isBlind(backend))('refuses the index that was written, with the range', () => {
      const error = 'vmap: tf.gather: an index must be in [0, 1], got';
      expect(() => gather(x(), at(2, 0))).toThrow(`${error} 2`);
      expect(() => gather(x(), at(0, -1))).toThrow(`${error} -1`);
      const gradient = tf.grad((a: tf.Tensor) => tf.sum(gather(a, at(2, 0))));
      expect(() => gradient(x())).toThrow(`${error} 2`);
    });

    it.skipIf(!isBlind(backend))('gives 0 where indices cannot be read, forward and backward', () => {
      expect(Array.from(gather(x(), at(2, 0)).dataSync())).toEqual([0, 3]);
      expect(Array.from(gather(x(), at(0, -1)).dataSync())).toEqual([1, 0]);
      const gradient = tf.grad((a: tf.Tensor) => tf.sum(gather(a, at(2, 0))));
      expect(Array.from(gradient(x()).dataSync())).toEqual([0, 0, 1, 0]);
    });
  });
});
