import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { bayesian, linear, random, sequential, withLogProbs } from '../../../src/index.ts';
import { describeOnWebgpu, expectSame, made, on } from './support.ts';

/** Numbers of both signs and every size from 1e-7 to 10, more than tfjs would compute on the CPU. */
const numbers = Float32Array.from(
  { length: 3000 },
  (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** (-7 + (8 * i) / 3000),
);

/** The functions of a number that TensorFlow.js has, but for `sign` and `step`. */
const numericFunctions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  abs: tf.abs,
  acos: tf.acos,
  acosh: tf.acosh,
  asin: tf.asin,
  asinh: tf.asinh,
  atan: tf.atan,
  atanh: tf.atanh,
  ceil: tf.ceil,
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: tf.floor,
  leakyRelu: tf.leakyRelu,
  log: tf.log,
  log1p: tf.log1p,
  logSigmoid: tf.logSigmoid,
  neg: tf.neg,
  reciprocal: tf.reciprocal,
  relu: tf.relu,
  relu6: tf.relu6,
  round: tf.round,
  rsqrt: tf.rsqrt,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  sqrt: tf.sqrt,
  square: tf.square,
  tan: tf.tan,
  tanh: tf.tanh,
};

describeOnWebgpu("where tfjs's own kernels on webgpu are wrong, ours", () => {
  test.each([1, 2, 7, 8, 9, 13, 14, 30])('add up %i tensors', async (count) => {
    const sum = () => [tf.addN(Array.from({ length: count }, (_, i) => tf.fill([3, 5], 2 ** (i % 20))))];
    expectSame(await on('webgpu', sum), await on('cpu', sum), 0);
  });

  test.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number]>([
    ['log1p', tf.log1p, Math.log1p, -0.999],
    ['expm1', tf.expm1, Math.expm1, -10],
    ['tanh', tf.tanh, Math.tanh, -10],
    ['elu', tf.elu, (x) => (x < 0 ? Math.expm1(x) : x), -10],
    ['selu', tf.selu, (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x), -10],
    ['sinh', tf.sinh, Math.sinh, -10],
    ['softplus', tf.softplus, (x) => Math.log1p(Math.exp(x)), -10],
  ])('keep the digits of %s near 0', async (_, f, wanted, least) => {
    const given = numbers.filter((x) => x > least);
    const values = (await on('webgpu', () => [f(tf.tensor1d(given))]))[0]!.values;
    const worst = values.reduce(
      (most, y, i) => Math.max(most, Math.abs(y - wanted(given[i]!)) / Math.abs(wanted(given[i]!))),
      0,
    );
    expect(worst).toBeLessThan(5e-6);
  });

  test('pass on values that are not finite', async () => {
    const special = [0, Number.NaN, 1 / 0, -1 / 0, 100, -100];
    const finite = [0, Number.NaN, 1, -1, 1, -1];
    const [tanh, expm1, log1p] = await on('webgpu', () => [
      tf.tanh(tf.tensor1d(special)),
      tf.expm1(tf.tensor1d(special)),
      tf.log1p(tf.tensor1d([0, Number.NaN, 1 / 0, -1])),
    ]);
    expect([...tanh!.values]).toEqual(finite);
    expect([...expm1!.values]).toEqual([0, Number.NaN, 1 / 0, -1, 1 / 0, -1]);
    expect([...log1p!.values]).toEqual([0, Number.NaN, 1 / 0, -1 / 0]);
  });

  test.each(Object.entries(numericFunctions))('give NaN for NaN in %s', async (_, f) => {
    const [all, one] = await on('webgpu', () => [
      f(tf.fill([1200], Number.NaN)),
      f(tf.tensor1d([Number.NaN])),
    ]);
    expect(new Set([...all!.values, ...one!.values])).toEqual(new Set([Number.NaN]));
  });

  test.each(['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'sigmoid'] as const)(
    'give NaN for NaN as the %s of products and convolutions, and else the numbers of cpu',
    async (activation) => {
      const f = () =>
        [Number.NaN, -0.7].flatMap((first) => {
          const x = tf.tensor4d([first, 1, 2, -3, 9, 8, -7, 0.2], [1, 2, 2, 2]);
          const options = { x, strides: 1, pad: 'same', activation, leakyreluAlpha: 0.1 } as const;
          const bias = tf.tensor1d([0.1, -0.2]);
          return [
            tf.fused.conv2d({ ...options, bias, filter: tf.fill([1, 1, 2, 2], 0.5) as tf.Tensor4D }),
            tf.fused.depthwiseConv2d({ ...options, bias, filter: tf.fill([2, 2, 2, 1], 0.5) as tf.Tensor4D }),
            tf.fused.matMul({
              a: tf.reshape(x, [4, 2]),
              b: tf.fill([2, 2], 0.5),
              bias,
              activation,
              leakyreluAlpha: 0.1,
            }),
          ];
        });
      const [wanted, got] = [await on('cpu', f), await on('webgpu', f)];
      for (const [i, { values }] of got.entries())
        for (const [j, value] of values.entries()) {
          const own = wanted[i]!.values[j]!;
          if (Number.isNaN(own)) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(own, 5);
        }
    },
  );

  test.each<[string, (x: tf.Tensor) => tf.Tensor, readonly number[]]>([
    ['exp', tf.exp, [1, 1 / 0, 0]],
    ['log', tf.log, [-1 / 0, 1 / 0, Number.NaN]],
    ['sigmoid', tf.sigmoid, [0.5, 1, 0]],
    ['relu6', tf.relu6, [0, 6, 0]],
    ['softplus', tf.softplus, [Math.fround(Math.LN2), 1 / 0, 0]],
    ['elu', tf.elu, [0, 1 / 0, -1]],
    ['cosh', tf.cosh, [1, 1 / 0, 1 / 0]],
    ['sinh', tf.sinh, [0, 1 / 0, -1 / 0]],
  ])('have the limits of %s', async (_, f, wanted) => {
    const [y] = await on('webgpu', () => [f(tf.tile(tf.tensor1d([0, 1 / 0, -1 / 0]), [400]))]);
    expect([...y!.values.slice(0, 3)]).toEqual(wanted);
  });

  test('take casts of integers', async () => {
    const casts = () => {
      const whole = tf.tensor1d([-1, 0, 1], 'int32');
      return [tf.tanh, tf.expm1].map((f) => f(tf.cast(whole, 'float32')));
    };
    expectSame(await on('webgpu', casts), await on('cpu', casts), 1e-6);
  });

  test('keep the axes of products that tfjs does on the CPU', async () => {
    const products = () => [tf.prod(tf.tensor2d([1, 2, 3, 4], [2, 2]), 1, true)];
    tf.env().set('WEBGPU_CPU_FORWARD', true);
    const got = await on('webgpu', products);
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    expectSame(got, await on('cpu', products), 0);
  });

  test('transpose and reduce integers', async () => {
    const moved = () => {
      const x = tf.reshape(tf.range(0, 24, 1, 'int32'), [2, 3, 4]);
      const is = tf.greater(x, 11);
      return [
        tf.transpose(x, [2, 0, 1]),
        tf.transpose(tf.cast(is, 'float32'), [1, 0, 2]),
        tf.sum(x, [0, 1]),
        tf.max(x, 1),
        tf.any(is, 1),
        tf.argMax(x, 0),
      ].map((y) => tf.cast(y, 'float32'));
    };
    expectSame(await on('webgpu', moved), await on('cpu', moved), 0);
  });

  test('give the parts of a Fourier transform its shape', async () => {
    const parts = () => {
      const y = tf.fft(tf.complex(tf.reshape(tf.range(0, 12), [1, 3, 4]), tf.ones([1, 3, 4])));
      return [tf.real(y), tf.imag(y)];
    };
    expectSame(await on('webgpu', parts), await on('cpu', parts), 1e-6);
  });

  test('sum an empty tensor to 0', async () => {
    const sums = () => [
      tf.sum(tf.zeros([0, 3])),
      tf.sum(tf.zeros([0, 3]), 0),
      tf.sum(tf.zeros([2, 0]), 1, true),
    ];
    expectSame(await on('webgpu', sums), await on('cpu', sums), 0);
  });

  test('sum integers along any axis, and floats that are casts of them', async () => {
    const running = () =>
      [[5], [3, 4], [2, 3, 4]].flatMap((shape) => {
        const whole = tf.cast(tf.mul(made(shape, 1), 10), 'int32');
        return shape.flatMap((_, axis) =>
          [whole, tf.cast(whole, 'float32')].flatMap((x) => [
            tf.cast(tf.cumsum(x, axis), 'float32'),
            tf.cast(tf.cumsum(x, axis, true, true), 'float32'),
          ]),
        );
      });
    expectSame(await on('webgpu', running), await on('cpu', running), 0);
  });
});

describeOnWebgpu('without our kernels', () => {
  test('the log probabilities of many weights are correct', async () => {
    const model = bayesian()(sequential(linear(2, 3), linear(3, 3), linear(3, 3), linear(3, 2)));
    const scored = () => {
      const { logProbs } = withLogProbs(model)(model.init(random.key(0)), random.key(1), tf.ones([2, 2]));
      return [logProbs.prior, logProbs.posterior];
    };
    expectSame(await on('webgpu', scored, false), await on('cpu', scored), 1e-4);
  });
});
