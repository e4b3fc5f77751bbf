import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeEach(() => useKernels(true));

/** The NaN of JavaScript, and the one that a processor computes from `Infinity - Infinity`: on x86-64 it has the sign bit. */
const bits = [0x7fc00000, 0xffc00000] as const;

/** Numbers with NaN of these bits at some places. */
const withNaN = (shape: readonly number[], places: readonly number[], nan: number): tf.Tensor => {
  const values = Float32Array.from(random(1, shape).dataSync());
  const integers = new Uint32Array(values.buffer);
  for (const place of places) integers[place % values.length] = nan;
  return tf.tensor(values, [...shape]);
};

const activations = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'] as const;

const fused =
  (convolve: typeof tf.fused.conv2d | typeof tf.fused.depthwiseConv2d, taps: number, outputs: number) =>
  (x: tf.Tensor): readonly tf.Tensor[] => {
    const filter = random(2, [taps, taps, x.shape[3]!, outputs]) as tf.Tensor4D;
    const channels = convolve === tf.fused.conv2d ? outputs : x.shape[3]! * outputs;
    return activations.flatMap((activation) =>
      [1, 2].map((strides) =>
        convolve({
          ...{ x: x as tf.Tensor4D, filter, strides, pad: 'same', activation, leakyreluAlpha: 0.1 },
          bias: random(3, [channels]),
          ...(activation === 'prelu' && { preluActivationWeights: random(4, [1, 1, channels]) }),
        }),
      ),
    );
  };

type Run = (x: tf.Tensor) => readonly tf.Tensor[];

const functions: Readonly<Record<string, Run>> = {
  rectifiers: (x) => [tf.relu(x), tf.relu6(x), tf.leakyRelu(x, 0.1), tf.prelu(x, tf.scalar(0.1)), tf.elu(x)],
  'slopes of rectifiers': (x) => [tf.step(x), tf.grad((y: tf.Tensor) => tf.relu(y))(x, tf.onesLike(x))],
  others: (x) => [tf.abs, tf.neg, tf.square, tf.sqrt, tf.exp, tf.log, tf.tanh, tf.sigmoid].map((f) => f(x)),
  pairs: (x) =>
    [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.minimum].flatMap((f) => [f(x, 0.5), f(0.5, x)]),
  reductions: (x) => [tf.sum, tf.mean, tf.max, tf.min, tf.prod].map((f) => f(x, -1)),
  softmax: (x) => [tf.softmax(x), tf.logSoftmax(x), tf.logSumExp(x, -1)],
  'average pooling': (x) =>
    ([1, 2, 3] as const).flatMap((size) =>
      ([1, 2] as const).flatMap((stride) =>
        (['same', 'valid'] as const).map((pad) => tf.avgPool(x as tf.Tensor4D, size, stride, pad)),
      ),
    ),
  'convolutions and their activations': fused(tf.fused.conv2d, 3, 4),
  'convolutions of single pixels': fused(tf.fused.conv2d, 1, 4),
  'convolutions of single pixels to one channel': fused(tf.fused.conv2d, 1, 1),
  'depthwise convolutions': fused(tf.fused.depthwiseConv2d, 3, 2),
  'depthwise convolutions of single pixels': fused(tf.fused.depthwiseConv2d, 1, 2),
  'convolutions without an activation': (x) => {
    const image = x as tf.Tensor4D;
    const filters = [1, 3].map((taps) => random(2, [taps, taps, x.shape[3]!, 2]) as tf.Tensor4D);
    return filters.flatMap((filter) => [
      tf.conv2d(image, filter, 1, 'same'),
      tf.depthwiseConv2d(image, filter, 1, 'same'),
      tf.depthwiseConv2d(image, filter, 1, 1),
    ]);
  },
  'products and their activations': (x) => {
    const rows = x.shape[3]!;
    return activations
      .filter((each) => each !== 'prelu')
      .map((activation) =>
        tf.fused.matMul({
          a: tf.reshape(x, [-1, rows]),
          b: random(2, [rows, 3]),
          activation,
          leakyreluAlpha: 0.1,
        }),
      );
  },
};

const shape = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 3, max: 6 }),
  fc.integer({ min: 3, max: 7 }),
  fc.constantFrom(1, 2, 3, 5, 8),
);

describe('NaN on wasm', () => {
  it.each(Object.entries(functions))('is where it is on cpu after %s', async (_, f) => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...bits),
        (size, places, nan) => sameOnBoth(() => f(withNaN(size, places, nan))),
      ),
      { numRuns: 25, seed: 1 },
    );
  });

  it('is what an infinite product and an infinite bias give together, and only they', async () => {
    const infinite = fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1, -2);
    await fc.assert(
      fc.asyncProperty(
        infinite,
        infinite,
        infinite,
        fc.constantFrom(...activations),
        (x, filter, bias, activation) =>
          sameOnBoth(() =>
            [tf.fused.conv2d, tf.fused.depthwiseConv2d].map((convolve) =>
              convolve({
                ...{
                  x: tf.fill([1, 2, 2, 1], x) as tf.Tensor4D,
                  filter: tf.fill([1, 1, 1, 1], filter) as tf.Tensor4D,
                },
                ...{ strides: 1, pad: 'valid', activation, leakyreluAlpha: 0.1, bias: tf.tensor1d([bias]) },
                ...(activation === 'prelu' && { preluActivationWeights: tf.fill([1, 1, 1], 0.1) }),
              }),
            ),
          ),
      ),
      { numRuns: 200, seed: 2 },
    );
  });

  it('does not come from nothing', async () => {
    const empty = tf.zeros([0, 3, 3, 2]) as tf.Tensor4D;
    await sameOnBoth(() => [
      tf.prelu(tf.zeros([0, 3]), tf.ones([3])),
      ...fused(tf.fused.depthwiseConv2d, 1, 1)(empty),
      ...fused(tf.fused.conv2d, 1, 1)(empty),
      tf.avgPool(empty, 2, 1, 'valid'),
    ]);
  });

  it('is what infinities of both signs have as their mean, and -Infinity what one has', async () => {
    await tf.setBackend('wasm');
    const [high, low] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const x = tf.tensor4d([1, low, high, 3, 2, low, 4, 5], [1, 2, 4, 1]);
    expect([...tf.avgPool(x, 2, 1, 'valid').dataSync()]).toEqual([low, Number.NaN, high]);
  });
});
