import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { threadPool } from '../../../../src/kernels/wasm/threads/pool.ts';
import { adamApplyKernel, adamKernel } from '../../../../src/ops/adam.ts';
import { addNoiseKernels } from '../../../../src/ops/addNoise.ts';
import type { Geometry } from '../../../../src/ops/convolutionGeometry.ts';
import { drawnProductKernel } from '../../../../src/ops/drawnProduct.ts';
import { drawKernels } from '../../../../src/ops/draws.ts';
import { convolutionKernels } from '../../../../src/ops/gradients/convolution.ts';
import { groupNormKernels } from '../../../../src/ops/groupNorm.ts';
import { ivonApplyKernel, ivonKernel } from '../../../../src/ops/ivon.ts';
import { labelLogProbKernels } from '../../../../src/ops/labelLogProbs.ts';
import { momentsKernels } from '../../../../src/ops/moments.ts';
import { normalDivergenceKernels } from '../../../../src/ops/normalDivergence.ts';
import { normalDrawGradientKernel, normalDrawKernel } from '../../../../src/ops/normalDraw.ts';
import { reluGradientKernel } from '../../../../src/ops/relu.ts';
import { softmaxGradientKernel } from '../../../../src/ops/softmax.ts';
import { withSquareKernels } from '../../../../src/ops/withSquare.ts';
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

/** Products of rows, shared or of each key, and draws. */
const drawnProducts = (
  rows: number,
  depth: number,
  columns: number,
  keys: number,
  each: readonly number[] = [],
): readonly tf.Tensor[] => {
  const [mean, logStd] = [random(1, [depth, columns]), tf.sub(random(2, [depth, columns]), 2)];
  const x = random(3, [...each, rows, depth]);
  return kernel(drawnProductKernel, { x, mean, logStd }, { words: words(keys) });
};

const adamSteps = (size: number): readonly tf.Tensor[] => {
  const [first, second, gradient] = [random(1, [size]), tf.abs(random(2, [size])), random(3, [size])];
  const attrs = { rate1: 0.1, rate2: 0.001, coarse: 1e-23, tiny: 1e-30, scale: 1.1, epsilon: 1e-8 };
  const moving = { ...attrs, rate: -0.1, inPlace: true };
  return [
    ...kernel(adamKernel, { first, second, gradient }, attrs),
    ...kernel(adamApplyKernel, { params: random(4, [size]), first, second, gradient }, moving),
  ];
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

/** Group normalization of rows, and its gradients. */
const groupNorms = (rows: number, positions: number, sets: number): readonly tf.Tensor[] => {
  const [x, weight, bias] = [random(1, [rows, positions, 6]), random(2, [sets, 6]), random(3, [sets, 6])];
  const attrs = { groups: 3, centred: true, eps: 1e-5 };
  const [y, mean, inverse] = kernel(groupNormKernels.forward, { x, weight, bias }, attrs);
  const given = { dy: random(4, x.shape), x, weight, mean: mean!, inverse: inverse! };
  const gradients = kernel(groupNormKernels.gradient, given, attrs);
  return [y!, mean!, inverse!, ...gradients];
};

/** Numbers among which there are those that are treated in a way of their own. */
const special = (seed: number, shape: readonly number[]): tf.Tensor => {
  const values = random(seed, shape).dataSync().slice();
  const rare = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40];
  values.forEach((_, at) => {
    if (at % 7 === seed) values[at] = rare[((at / 7) % rare.length) | 0]!;
  });
  return tf.tensor(values, [...shape]);
};

const broadcasts: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [41, 25],
    [41, 25],
  ],
  [[1030], []],
  [[], [1030]],
  [[31, 20], [20]],
  [
    [3, 7, 20],
    [3, 1, 20],
  ],
  [
    [7, 20],
    [3, 1, 20],
  ],
  [
    [31, 20],
    [31, 1],
  ],
  [
    [2, 3, 5, 18],
    [3, 5, 18],
  ],
  [
    [31, 1, 20],
    [1, 7, 1],
  ],
];

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
  // Blocks of rows that do not come out even on two and on three threads.
  product([640, 90], [90, 530]),
  product([900, 40], [600, 40], false, true),
  [
    'normal draws, uniform draws, ones and zeros',
    () => [
      rng.normal(rng.key(1), [5003]),
      rng.uniform(rng.key(2), [3, 4001]),
      rng.bernoulli(rng.key(3), [4099], { p: 0.3 }),
      ...kernel(drawKernels.standardNormal, {}, { words: words(3), shape: [3, 2050] }),
    ],
  ],
  ['rows times draws that are not stored', () => drawnProducts(70, 130, 264, 5)],
  [
    "each key's rows times draws",
    () => [...drawnProducts(9, 300, 40, 7, [7]), ...drawnProducts(200, 30, 48, 2, [2])],
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
  ...Object.entries({ add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div }).flatMap(([name, f]) =>
    broadcasts.map(([a, b]): Work => [`${name} of [${a}] and [${b}]`, () => f(special(1, a), special(2, b))]),
  ),
  ...Object.entries({ relu: tf.relu, step: tf.step, square: tf.square, sqrt: tf.sqrt, neg: tf.neg }).map(
    ([name, f]): Work => [name, () => f(special(3, [41, 25]))],
  ),
  ['steps with a slope', () => tf.step(special(3, [41, 25]), 0.25)],
  [
    'sums and means',
    () => [
      tf.sum(random(1, [37, 50]), 1),
      tf.sum(random(2, [5, 40, 70]), 1),
      tf.sum(random(3, [9, 33]), 0),
      tf.mean(random(4, [3, 40, 20]), 1),
      tf.mean(random(5, [200, 130]), 0),
    ],
  ],
  [
    'maxima of windows and their gradient',
    () => {
      const x = random(1, [5, 9, 8, 6]);
      const pool = (y: tf.Tensor) => tf.maxPool(y as tf.Tensor4D, 3, 2, 'same');
      return [pool(x), tf.grad(pool)(x), tf.grad((y) => tf.avgPool(y as tf.Tensor4D, 2, 1, 'same'))(x)];
    },
  ],
  [
    'softmax, its logarithm at labels, and gradients',
    () => {
      const [x, labels] = [random(1, [23, 11]), tf.range(0, 23, 1, 'int32')];
      const [attrs, dy] = [{}, random(2, [23])];
      const found = kernel(labelLogProbKernels.forward, { logits: x, labels }, attrs);
      const saved = { dy, logits: x, labels, largest: found[1]!, logSum: found[2]! };
      return [
        tf.softmax(x),
        ...kernel(softmaxGradientKernel, { y: x, dy: random(3, [23, 11]) }, attrs),
        ...[...found, ...kernel(labelLogProbKernels.gradient, saved, attrs)],
      ];
    },
  ],
  [
    'moments and their gradient',
    () => {
      const x = random(1, [7, 30, 5]);
      const moments = kernel(momentsKernels.forward, { x }, {});
      return [
        ...moments,
        ...kernel(momentsKernels.gradient, { dy: random(2, [7, 2, 5]), x, moments: moments[0]! }, {}),
      ];
    },
  ],
  ...[1, 3, 12].flatMap((sets) =>
    [1, 10].map(
      (positions): Work => [
        `groups of channels with ${sets} sets of weights, ${positions} positions`,
        () => groupNorms(108, positions, sets),
      ],
    ),
  ),
  [
    'steps of IVON',
    () => {
      const [momentum, dMean, dLogStd, logStd] = [1, 2, 3, 4].map((seed) => random(seed, [2003]));
      const attrs = {
        ...{ rate1: 0.1, coarse: 1e-23, rate2: 0.5, scale: 1, learningRate: 0.1 },
        ...{ clipRadius: 1, limit: 0.6 },
      };
      const given = { momentum, dMean, dLogStd, logStd };
      const moving = { ...attrs, inPlace: false };
      return [
        ...kernel(ivonKernel, given as never, attrs),
        ...kernel(ivonApplyKernel, { mean: random(9, [2003]), ...given } as never, moving),
      ];
    },
  ],
  ...[1, 3, 70].map(
    (repeats): Work => [
      `outputs with ${repeats} runs of noise, and their gradient`,
      () => {
        const [location, variance] = [random(1, [3, 401]), tf.abs(random(2, [3, 401]))];
        const noise = random(3, [3, repeats, 401]);
        const [attrs, dy] = [{ rank: 1 }, random(4, noise.shape)];
        return [
          ...kernel(addNoiseKernels.forward, { location, variance, noise }, attrs),
          ...kernel(addNoiseKernels.gradient, { dy, variance, noise }, attrs),
        ];
      },
    ],
  ),
  ...[[5003], [3, 2100]].map(
    (shape): Work => [
      `moments and divergences of [${shape}] normals, and their gradients`,
      () => {
        const [mean, logStd] = [random(1, shape), random(2, shape)];
        const attrs = { centre: 0.5, scale: 2, rank: 1 };
        const found = kernel(normalDivergenceKernels.forward, { mean, logStd }, attrs);
        const [dMean, dVariance, dDivergence] = [3, 4, 5].map((seed) => random(seed, shape));
        const given = { mean, logStd, variance: found[1]!, dMean: dMean!, dVariance: dVariance! };
        const pull = { dDivergence: tf.slice(tf.reshape(dDivergence!, [-1]), 0, shape.length > 1 ? 3 : 1) };
        return [...found, ...kernel(normalDivergenceKernels.gradient, { ...given, ...pull }, attrs)];
      },
    ],
  ),
  [
    'squares, and their gradient',
    () => {
      const [x, dx, dSquare] = [1, 2, 3].map((seed) => random(seed, [5003]));
      const gradient = kernel(withSquareKernels.gradient, { x: x!, dx: dx!, dSquare: dSquare! }, {});
      return [...kernel(withSquareKernels.forward, { x: x! }, {}), ...gradient];
    },
  ],
  [
    'gradients of the rectifier',
    () => kernel(reluGradientKernel, { y: special(3, [41, 25]), dy: random(1, [41, 25]) }, {}),
  ],
  [
    'transposes of blocks',
    () => [
      tf.transpose(random(1, [5, 7, 6, 8]), [0, 2, 1, 3]),
      tf.transpose(random(2, [40, 9, 5]), [1, 0, 2]),
    ],
  ],
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
