import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { threadPool } from '../../../../src/kernels/wasm/threads/pool.ts';
import { adamKernel } from '../../../../src/ops/adam.ts';
import type { Geometry } from '../../../../src/ops/convolutionGeometry.ts';
import { drawKernels } from '../../../../src/ops/draws.ts';
import { convolutionKernels } from '../../../../src/ops/gradients/convolution.ts';
import { normalDrawGradientKernel, normalDrawKernel } from '../../../../src/ops/normalDraw.ts';
import * as rng from '../../../../src/random/index.ts';
import { kernels } from '../../../support/backends.ts';
import { random } from '../onBoth.ts';
import { bytesOf, onThreads, sharedBackend } from './support/threads.ts';

type Work = readonly [name: string, outputs: () => tf.Tensor | readonly tf.Tensor[]];

const product = (a: readonly number[], b: readonly number[], tA = false, tB = false): Work => [
  `a product of [${a}]${tA ? ' transposed' : ''} and [${b}]${tB ? ' transposed' : ''}`,
  () => tf.matMul(random(1, a), random(2, b), tA, tB),
];

/** What a kernel of ours gives. */
const kernel = (name: string, inputs: Readonly<Record<string, tf.Tensor>>, attrs: object): tf.Tensor[] =>
  [tf.engine().runKernel(name, inputs, attrs as never)].flat() as tf.Tensor[];

const words = (keys: number): readonly number[] => Array.from({ length: 2 * keys }, (_, at) => 77 * at + 5);

/** Draws with both densities, and their gradients. */
const normalDraws = (size: number, keys: number): readonly tf.Tensor[] => {
  const [mean, logStd] = [random(1, [size]), tf.sub(random(2, [size]), 2)];
  const attrs = {
    ...{ words: words(keys), eps: 1e-10, each: -0.9, centre: 0.1, precision: 2, priorEach: -0.7 },
  };
  const draws = kernel(normalDrawKernel, { mean, logStd }, attrs);
  const [weights, dPosterior, dPrior] = [draws[0]!, random(3, [keys]), random(4, [keys])];
  const dWeights = random(5, [keys, size]);
  const given = { mean, logStd, weights, dWeights, dPosterior, dPrior };
  return [...draws, ...kernel(normalDrawGradientKernel, given, attrs)];
};

const adamSteps = (size: number): readonly tf.Tensor[] => {
  const [first, second, gradient] = [random(1, [size]), tf.abs(random(2, [size])), random(3, [size])];
  const attrs = { rate1: 0.1, rate2: 0.001, coarse: 1e-23, tiny: 1e-30, scale: 1.1, epsilon: 1e-8 };
  return kernel(adamKernel, { first, second, gradient }, attrs);
};

/** A convolution with the gradients of its images and of its filter: `[samples, batch, ...]`. */
const convolutions = (
  image: readonly number[],
  filter: readonly number[],
  groups: number,
): readonly tf.Tensor[] => {
  const [x, weight] = [random(1, image), random(2, filter)];
  const geometry: Geometry = {
    ...{ inputs: [1, image[2]!, image[3]!], taps: [1, filter[1]!, filter[2]!] },
    ...{ outputs: [1, image[2]! - 1, image[3]!], strides: [1, 1, 1], dilations: [1, 1, 1] },
    ...{ pads: [0, 1, 1], groups },
  };
  const volume = (t: tf.Tensor): tf.Tensor =>
    tf.reshape(t, [t.shape[0]!, t.shape[1]!, 1, ...t.shape.slice(2)]);
  const inputs = { x: volume(x), filter: tf.reshape(weight, [filter[0]!, 1, ...filter.slice(1)]) };
  const y = kernel(convolutionKernels.forward, inputs, geometry)[0]!;
  const dy = random(3, y.shape);
  return [
    y,
    ...kernel(convolutionKernels.byInput, { dy, filter: inputs.filter }, geometry),
    ...kernel(convolutionKernels.byFilter, { x: inputs.x, dy }, geometry),
  ];
};

const work: readonly Work[] = [
  product([9, 5], [5, 17]),
  product([64, 200], [200, 300]),
  product([300, 70], [70, 33]),
  product([1, 301], [301, 260]),
  product([260, 301], [301, 1]),
  product([600, 40], [600, 90], true),
  product([40, 600], [90, 600], false, true),
  product([10, 64, 70], [10, 70, 50]),
  product([10, 64, 70], [70, 50]),
  product([3, 70, 64], [3, 90, 70], true, true),
  product([700, 5, 4], [700, 4, 3]),
  product([9, 7000], [7000, 20]),
  [
    'normal draws, uniform draws, ones and zeros',
    () => [
      rng.normal(rng.key(1), [5003]),
      rng.uniform(rng.key(2), [3, 4001]),
      rng.bernoulli(rng.key(3), [4099], { p: 0.3 }),
      ...kernel(drawKernels.standardNormal, {}, { words: words(3), shape: [3, 2050] }),
    ],
  ],
  ['draws with densities', () => normalDraws(1025, 3)],
  ['draws with densities of many weights', () => normalDraws(20_011, 2)],
  [
    'exponentials',
    () => [
      tf.exp(random(1, [5003])),
      tf.expm1(random(2, [4097])),
      tf.exp(random(3, [0])),
      tf.exp(random(4, [33])),
    ],
  ],
  ['convolutions', () => convolutions([3, 4, 9, 8, 5], [1, 3, 2, 5, 7], 1)],
  [
    'convolutions in groups with a filter for each sample',
    () => convolutions([2, 3, 8, 8, 6], [2, 3, 3, 3, 8], 2),
  ],
  ['convolutions of many windows', () => convolutions([1, 30, 34, 34, 2], [1, 3, 3, 2, 9], 1)],
  ['steps of Adam', () => adamSteps(5007)],
];

describe.skipIf(!kernels)('on two and on three threads', () => {
  beforeAll(async () => {
    await sharedBackend();
  });
  afterAll(() => onThreads(1));

  it.each(work)('the bits of one thread: %s', async (_, outputs) => {
    const run = async (threads: number) => {
      await onThreads(threads);
      const backend = tf.backend() as never;
      const rounds = threadPool(backend) && vi.spyOn(threadPool(backend)!, 'run');
      const results = tf.tidy(() => [outputs()].flat() as tf.Tensor[]);
      return { bytes: bytesOf(results), rounds: rounds?.mock.calls.length ?? 0 };
    };
    const one = await run(1);
    for (const threads of [2, 3]) {
      const more = await run(threads);
      expect(more.bytes).toEqual(one.bytes);
      expect(more.rounds).toBeGreaterThan(0);
    }
  });
});
