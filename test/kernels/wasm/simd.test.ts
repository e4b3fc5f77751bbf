import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binary, type Simd } from '../../../src/kernels/wasm/simd.ts';
import { simdInUse, useSimd } from '../../../src/kernels/wasm/useSimd.ts';
import { adamKernel } from '../../../src/ops/adam.ts';
import type { Geometry } from '../../../src/ops/convolutionGeometry.ts';
import { drawKernels } from '../../../src/ops/draws.ts';
import { convolutionKernels } from '../../../src/ops/gradients/convolution.ts';
import { ivonKernel } from '../../../src/ops/ivon.ts';
import { normalDrawKernel } from '../../../src/ops/normalDraw.ts';
import * as rng from '../../../src/random/index.ts';
import { kernels } from '../../support/backends.ts';
import { allowRelaxedSimd, hidden } from '../../support/simd/allowRelaxedSimd.ts';
import { random } from './onBoth.ts';

type Outputs = () => tf.Tensor | readonly tf.Tensor[];

/** The values of tensors on the kernels of a build. */
const on = async (simd: Simd, outputs: Outputs): Promise<readonly Float32Array[]> => {
  expect(await useSimd(simd)).toBe(simd);
  return tf.tidy(() => [outputs()].flat().map((tensor) => (tensor as tf.Tensor).dataSync() as Float32Array));
};

const kernel = (name: string, inputs: Readonly<Record<string, tf.Tensor>>, attrs: object): tf.Tensor[] =>
  [tf.engine().runKernel(name, inputs, attrs as never)].flat() as tf.Tensor[];

const words = (keys: number): readonly number[] => Array.from({ length: 2 * keys }, (_, at) => 77 * at + 5);

const same: readonly (readonly [string, Outputs])[] = [
  ['uniform draws', () => rng.uniform(rng.key(1), [3, 1001], { min: -2, max: 5 })],
  ['normal draws', () => rng.normal(rng.key(2), [20_003])],
  ['ones and zeros', () => rng.bernoulli(rng.key(3), [5003], { p: 0.3 })],
  [
    'draws of several keys',
    () => kernel(drawKernels.standardNormal, {}, { words: words(3), shape: [3, 2050] }),
  ],
  [
    "weights drawn from a normal posterior, and their densities' sums",
    () =>
      kernel(
        normalDrawKernel,
        { mean: random(1, [5003]), logStd: tf.sub(random(2, [5003]), 2) },
        { words: words(3), eps: 1e-10, each: -0.9, centre: 0.1, precision: 2, priorEach: -0.7, scored: true },
      ),
  ],
  ['exponentials', () => [tf.exp(random(1, [5003])), tf.expm1(random(2, [4099]))]],
  [
    "Adam's step",
    () =>
      kernel(
        adamKernel,
        { first: random(1, [5003]), second: tf.abs(random(2, [5003])), gradient: random(3, [5003]) },
        { rate1: 0.1, rate2: 0.001, coarse: 1e-23, tiny: 1e-30, scale: 1.1, epsilon: 1e-8 },
      ),
  ],
  [
    "IVON's step",
    () => {
      const [momentum, dMean, dLogStd, logStd] = [1, 2, 3, 4].map((seed) => random(seed, [2003]));
      const numbers = { rate1: 0.1, coarse: 1e-23, rate2: 0.5, scale: 1, learningRate: 0.1 };
      return kernel(ivonKernel, { momentum, dMean, dLogStd, logStd } as never, {
        ...numbers,
        ...{ clipRadius: 1, limit: 0.6 },
      });
    },
  ],
];

const geometry: Geometry = {
  ...{ inputs: [1, 9, 8], taps: [1, 3, 2], outputs: [1, 8, 8], strides: [1, 1, 1], dilations: [1, 1, 1] },
  ...{ pads: [0, 1, 1], groups: 1 },
};

/** A depthwise convolution of images. */
const depthwise = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
  tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');

const near: readonly (readonly [string, Outputs])[] = [
  ['matrix products', () => tf.matMul(random(1, [65, 700]), random(2, [700, 37]))],
  ['long products', () => tf.matMul(random(1, [2, 9000]), random(2, [3, 9000]), false, true)],
  [
    'convolutions and their gradients',
    () => {
      const inputs = { x: random(1, [3, 4, 1, 9, 8, 5]), filter: random(2, [1, 1, 1, 3, 2, 5, 7]) };
      const y = kernel(convolutionKernels.forward, inputs, geometry)[0]!;
      const dy = random(3, y.shape);
      return [
        y,
        ...kernel(convolutionKernels.byInput, { dy, filter: inputs.filter }, geometry),
        ...kernel(convolutionKernels.byFilter, { x: inputs.x, dy }, geometry),
      ];
    },
  ],
  [
    'gradients of depthwise convolutions',
    () =>
      tf.grads((x, filter) => tf.sum(depthwise(x!, filter!)))([
        random(1, [2, 9, 9, 5]),
        random(2, [3, 3, 5, 1]),
      ]),
  ],
  ['softmax', () => tf.softmax(random(1, [41, 25]))],
];

describe.skipIf(!kernels || hidden())('the two builds of the kernels', () => {
  let forbid: () => void;
  beforeAll(async () => {
    forbid = allowRelaxedSimd();
    await tf.setBackend('wasm');
    await useSimd('relaxed');
  });
  afterAll(async () => {
    forbid();
    await useSimd('relaxed');
  });

  test.each(same)('have the same bits: %s', async (_, outputs) => {
    expect(await on('relaxed', outputs)).toEqual(await on('plain', outputs));
  });

  test.each(near)('differ by float rounding: %s', async (_, outputs) => {
    const [plain, relaxed] = [await on('plain', outputs), await on('relaxed', outputs)];
    plain.forEach((expected, output) => {
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const furthest = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - relaxed[output]![i]!)), 0);
      expect(furthest / largest).toBeLessThan(5e-7);
    });
  });

  test('are two: one has f32x4.relaxed_madd, the other runs in an engine that has none', async () => {
    expect(binary('relaxed')).toContain('\xfd\x85\x02');
    expect(binary('plain')).not.toContain('\xfd\x85\x02');
    await useSimd('plain');
    expect(simdInUse()).toBe('plain');
    await useSimd(undefined);
    expect(simdInUse()).toBe('relaxed');
  });
});
