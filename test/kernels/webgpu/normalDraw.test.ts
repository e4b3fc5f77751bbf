import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bayesian, linear, random, vmapSamples, withLogProbs } from '../../../src/index.ts';
import { type NormalDrawAttributes, normalDrawKernel } from '../../../src/ops/normalDraw.ts';
import { describeOnWebgpu, expectSame, type Numbers, on } from './support.ts';

const attributes = (words: readonly number[]): NormalDrawAttributes => ({
  words,
  eps: 1e-10,
  each: -0.9189385,
  centre: 0.1,
  precision: 0.5,
  priorEach: -1.2,
  scored: true,
});

/** Around what a thread and a group add up, and what a group adds up of the sums of groups. */
const shapes: readonly (readonly number[])[] = [
  ...[[], [0], [1], [63], [64], [1023], [1024], [1025], [3, 2731], [2, 1, 3, 1, 5], [66, 1024], [100_003]],
];

const cases = fc.record({
  shape: fc.constantFrom(...shapes.filter((shape) => shape.reduce((a, b) => a * b, 1) < 10_000)),
  words: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(),
  logStd: fc.constantFrom<(readonly [number, number])[]>([-3, 0], [-14, -13], [-40, -30], [-8, 3]),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

const wide = cases.map((c) => ({ ...c, logStd: [-3, 0] as const }));

const drawParams = ({ shape, seed, logStd: [min, max] }: Case) => [
  random.uniform(random.key(seed), shape, { min: -1, max: 1 }),
  random.uniform(random.key(seed + 1), shape, { min, max }),
];

const draw = (mean: tf.Tensor, logStd: tf.Tensor, words: readonly number[]): tf.Tensor[] =>
  tf
    .engine()
    .runKernel(normalDrawKernel, { mean, logStd }, attributes(words) as never) as unknown as tf.Tensor[];

const drawn = (c: Case) => () => {
  const [mean, logStd] = drawParams(c) as [tf.Tensor, tf.Tensor];
  return draw(mean, logStd, [...c.words, ...c.words.map((word) => word + 1)]);
};

/** The sums for each number that was drawn: they may cancel, and are as exact as what they are made of. */
const aNumber = ([weights, ...sums]: readonly Numbers[]): readonly Numbers[] => {
  const count = Math.max(1, weights!.values.length / weights!.shape[0]!);
  return [weights!, ...sums.map(({ shape, values }) => ({ shape, values: values.map((x) => x / count) }))];
};

/** The gradients of all outputs at once, each with weights of its own. */
const gradients = (c: Case) => () => {
  const words = [...c.words, ...c.words.map((word) => word + 1)];
  return tf.grads((mean, logStd) =>
    draw(mean!, logStd!, words)
      .map((x, at) => tf.sum(tf.mul(x, random.uniform(random.key(at), x.shape, { min: -1, max: 1 }))))
      .reduce((a, b) => tf.add(a, b)),
  )(drawParams(c));
};

describeOnWebgpu('a normal draw with its log densities on webgpu', () => {
  // A narrow spread loses its digits beside the mean, and the density of what is left of them depends on the last bit of
  // the draw; test/distributions/normalDraw.test.ts compares those with the density of the very draws.
  test('is that of wasm, for every shape and number of keys', async () => {
    await fc.assert(
      fc.asyncProperty(wide, async (c) => {
        const [ours, wanted] = [await on('webgpu', drawn(c)), await on('wasm', drawn(c))];
        expectSame(aNumber(ours), aNumber(wanted), 1e-5);
      }),
      { numRuns: 12 },
    );
  });

  test.each(shapes.map((shape) => ({ shape })))('is that of wasm for $shape', async ({ shape }) => {
    const c: Case = { shape, words: [1, 2, 3], seed: 4, logStd: [-3, 0] };
    const [ours, wanted] = [await on('webgpu', drawn(c)), await on('wasm', drawn(c))];
    expectSame(aNumber(ours), aNumber(wanted), 1e-5);
  });

  // An axis has 65535 groups of threads, and each draw one at least.
  test.each([70_000, 33_000])('is that of wasm for %i keys', async (keys) => {
    const c: Case = {
      shape: [2],
      words: Array.from({ length: keys }, (_, i) => i),
      seed: 5,
      logStd: [-3, 0],
    };
    const [ours, wanted] = [await on('webgpu', drawn(c)), await on('wasm', drawn(c))];
    expectSame(aNumber(ours), aNumber(wanted), 1e-5);
  });

  test('has the gradients of wasm', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        expectSame(await on('webgpu', gradients(c)), await on('wasm', gradients(c)), 1e-5);
      }),
      { numRuns: 12 },
    );
  });

  test('is deterministic', async () => {
    const c: Case = { shape: [100_003], words: [1, 2], seed: 3, logStd: [-8, 0] };
    expectSame(await on('webgpu', drawn(c)), await on('webgpu', drawn(c)), 0);
  });

  test('runs in a model, with the numbers and gradients of plain operations', async () => {
    const loss = vmapSamples({ samples: 3 })(withLogProbs(bayesian()(linear(5, 4))));
    const f = () => {
      const model = bayesian()(linear(5, 4));
      const params = model.init(random.key(0));
      const x = random.normal(random.key(1), [7, 5]);
      const scored = (mean: tf.Tensor, logStd: tf.Tensor) => {
        const { output, logProbs } = loss({ ...params, weight: { mean, logStd } }, random.key(2), x);
        return tf.add(tf.mean(tf.square(output)), tf.mean(tf.sub(logProbs.posterior, logProbs.prior)));
      };
      const { mean, logStd } = params.weight;
      return [scored(mean, logStd), ...tf.grads(scored as never)([mean, logStd])];
    };
    const ours = await on('webgpu', f);
    expectSame(ours, await on('webgpu', f, false), 1e-5);
    expectSame(ours, await on('cpu', f), 1e-5);
    expect(ours).toHaveLength(3);
  });
});
