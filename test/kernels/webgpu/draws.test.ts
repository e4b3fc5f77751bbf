import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { WebgpuBackend } from '../../../src/kernels/webgpu/webgpuBackend.ts';
import { bernoulli, type Key, key, normal, split, uniform } from '../../../src/random/index.ts';
import { vmap } from '../../../src/vmap/index.ts';
import { kolmogorov, normalCdf } from '../../support/kolmogorov.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

const seeds = fc.maxSafeNat();
/** Shapes of every rank that tfjs has on webgpu, with empty ones, single numbers and odd sizes. */
const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }),
  fc.constantFrom([0], [1], [63], [64], [65], [1025], [7, 331]),
);

type Sampler = (k: Key, shape: readonly number[]) => tf.Tensor;

/** Each sampler with the tolerance to which its numbers are the same on every backend. */
const samplers: readonly (readonly [string, Sampler, number])[] = [
  ['normal', normal, 1e-5],
  ['uniform', (k, shape) => uniform(k, shape, { min: -1.3, max: 2.7 }), 0],
  ['bernoulli', (k, shape) => bernoulli(k, shape, { p: 0.3 }), 0],
];

describeOnWebgpu('draws on webgpu', () => {
  test.each(samplers)('equal those of cpu and wasm: %s', async (_, sampler, tolerance) => {
    await fc.assert(
      fc.asyncProperty(seeds, shapes, async (seed, shape) => {
        const draw = () => [sampler(key(seed), shape)];
        const ours = await on('webgpu', draw);
        expectSame(ours, await on('cpu', draw), tolerance);
        expectSame(ours, await on('wasm', draw), tolerance);
      }),
      { numRuns: 12 },
    );
  });

  test('are exactly those of cpu if uniform, in every interval', async () => {
    const ends = fc
      .float({ noNaN: true, noDefaultInfinity: true })
      .filter((x) => x === 0 || (Math.abs(x) > 1e-30 && Math.abs(x) < 1e30));
    await fc.assert(
      fc.asyncProperty(seeds, ends, ends, async (seed, a, b) => {
        fc.pre(a < b);
        const draw = () => [uniform(key(seed), [301], { min: a, max: b })];
        expectSame(await on('webgpu', draw), await on('cpu', draw), 0);
      }),
      { numRuns: 12 },
    );
  });

  test('are exactly those of cpu if ones and zeros, for every probability', async () => {
    const probabilities = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 2 ** -23, 1),
    );
    await fc.assert(
      fc.asyncProperty(seeds, probabilities, async (seed, p) => {
        const draw = () => [bernoulli(key(seed), [301], { p })];
        expectSame(await on('webgpu', draw), await on('cpu', draw), 0);
      }),
      { numRuns: 12 },
    );
  });

  // 64 numbers a group, and 65535 groups along an axis.
  test.each(samplers)('continue beyond the groups of one axis: %s', async (_, sampler, tolerance) => {
    const draw = () => [sampler(key(5), [65_536 * 64 + 77])];
    expectSame(await on('webgpu', draw), await on('wasm', draw), tolerance);
  });

  test('are those of each key of a batch, in nested vmaps too', async () => {
    const keys = (n: number, seed: number) => split(key(seed), n) as unknown as Key;
    const nested = vmap(
      (outer: Key) =>
        vmap((inner: Key) => samplers.map(([, sampler]) => sampler(inner, [3, 5])), { inAxes: [0] })(
          split(outer, 4) as unknown as Key,
        ),
      { inAxes: [0] },
    );
    const draw = () => nested(keys(3, 1)) as readonly tf.Tensor[];
    const [normals, uniforms, ones] = await on('webgpu', draw);
    const wanted = await on('cpu', draw);
    expect(normals!.shape).toEqual([3, 4, 3, 5]);
    expectSame([normals!], [wanted[0]!], 1e-5);
    expectSame([uniforms!, ones!], wanted.slice(1), 0);
  });

  test('have the moments and the distribution of the normal, tails and all', async () => {
    const n = 2 ** 20;
    const { values } = (await on('webgpu', () => [normal(key(11), [n])]))[0]!;
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / n;
    // Four standard errors, of variances 1, 2, 15 and 96.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    expect(kolmogorov(values, normalCdf)).toBeLessThan(1.95);
  });

  test('are made on the device, by one program and without a read', async () => {
    const backend = tf.backend() as unknown as WebgpuBackend;
    const programs = vi.spyOn(backend, 'runWebGPUProgram');
    const before = tf.memory();
    const x = normal(key(1), [1000]);
    expect(programs).toHaveBeenCalledOnce();
    programs.mockRestore();
    expect(tf.memory().numTensors - before.numTensors).toBe(1);
    expect(tf.memory().numDataBuffers - before.numDataBuffers).toBe(1);
    x.dispose();
  });
});
