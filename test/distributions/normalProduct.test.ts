import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { normal } from '../../src/distributions/index.ts';
import { productWithSample } from '../../src/distributions/posterior.ts';
import { linear, sequential } from '../../src/layers/index.ts';
import { drawnProductKernel } from '../../src/ops/drawnProduct.ts';
import { type Key, key, normal as noise, split } from '../../src/random/index.ts';
import { bayesian, vmapSamples } from '../../src/transforms/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { backends, kernels, start } from '../support/backends.ts';

const { posterior } = normal();

/** Parameters of a weight whose draws are of all sizes. */
const drawn = (shape: readonly number[]) => ({
  mean: noise(key(1), shape),
  logStd: tf.sub(noise(key(2), shape), 1),
});

const product = (params: unknown, k: Key, shape: readonly number[], x: tf.Tensor): tf.Tensor => {
  const own = productWithSample(posterior, params, k, shape);
  if (own === undefined) throw new Error('the weight was to be drawn first');
  return own(x);
};

const first = (params: unknown, k: Key, x: tf.Tensor): tf.Tensor =>
  tf.matMul(x as tf.Tensor2D, posterior.sample(params as never, k) as tf.Tensor2D);

describe.skipIf(!kernels || !backends.includes('wasm'))('products with draws that are not stored', () => {
  beforeAll(() => start('wasm'));

  const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(127, 129, 260));
  const depth = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(199, 201, 777));
  const columns = fc.constantFrom(32, 40, 64, 256, 264, 520);

  test('have the bits of the draw and a product after it', () => {
    fc.assert(
      fc.property(size, depth, columns, (rows, deep, wide) =>
        tf.tidy(() => {
          const [params, x] = [drawn([deep, wide]), noise(key(3), [rows, deep])];
          expect(product(params, key(4), [deep, wide], x).dataSync()).toEqual(
            first(params, key(4), x).dataSync(),
          );
        }),
      ),
      { numRuns: 15 },
    );
  });

  test('have them for each key of a vmap, with rows of its own or shared ones', () => {
    fc.assert(
      fc.property(size, depth, columns, fc.integer({ min: 1, max: 4 }), (rows, deep, wide, count) =>
        tf.tidy(() => {
          const params = drawn([deep, wide]);
          const keys = split(key(5), count) as unknown as Key;
          const [shared, each] = [noise(key(3), [rows, deep]), noise(key(6), [count, rows, deep])];
          const of = (f: (k: Key, x: tf.Tensor) => tf.Tensor) =>
            [vmap((k: Key) => f(k, shared))(keys), vmap((k: Key, x: tf.Tensor) => f(k, x))(keys, each)].map(
              (y) => y.dataSync(),
            );
          expect(of((k, x) => product(params, k, [deep, wide], x))).toEqual(
            of((k, x) => first(params, k, x)),
          );
        }),
      ),
      { numRuns: 8 },
    );
  });

  test('draw the weight first where it must be: under differentiation, and for other sizes and parameters', () => {
    tf.tidy(() => {
      const shape = [5, 32];
      const params = drawn(shape);
      const own = (k: Key) => productWithSample(posterior, params, k, shape);
      expect(own(key(0))).toBeDefined();
      tf.grad((x: tf.Tensor) => {
        expect(own(key(0))).toBeUndefined();
        return tf.neg(x);
      })(tf.scalar(1));
      expect(productWithSample(posterior, params, key(0), [5, 33])).toBeUndefined();
      expect(productWithSample(posterior, drawn([5, 33]), key(0), [5, 33])).toBeUndefined();
      expect(
        productWithSample({ ...posterior, sample: () => tf.zeros(shape) }, params, key(0), shape),
      ).toBeUndefined();
      vmap((mean: tf.Tensor) => {
        expect(productWithSample(posterior, { ...params, mean }, key(0), shape)).toBeUndefined();
        return mean;
      })(tf.zeros([2, ...shape]));
    });
  });

  test('make the predictions of a network, called twice too, and keep no weight', async () => {
    const hidden = linear(20, 64);
    const net = sequential(hidden, tf.relu, linear(64, 32), tf.relu, linear(32, 3));
    const model = bayesian()(net);
    const params = model.init(key(0));
    const x = noise(key(1), [7, 20]);
    const predict = vmapSamples({ samples: 4 })(model);
    const { kernels: ran, result } = await tf.profile(() => predict(params, key(2), x));
    expect(ran.filter(({ name }) => name === drawnProductKernel)).toHaveLength(2);
    // Under differentiation weights are drawn first.
    const expected = tf.tidy(() => {
      let y: tf.Tensor | undefined;
      tf.grad((at: tf.Tensor) => {
        y = tf.keep(predict(params, key(2), at));
        return y;
      })(x);
      return y!;
    });
    expect((result as tf.Tensor).dataSync()).toEqual(expected.dataSync());
    tf.dispose([result as tf.Tensor, expected, params as never, x]);
  });

  test('are drawn once for several products, and again if the weight is gone', () => {
    const shape = [5, 32];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const [params, x] = [drawn(shape), noise(key(3), [4, 5])];
      const own = productWithSample(posterior, params, key(4), shape)!;
      const products = [own(x), tf.tidy(() => own(x)), own(x), own(x)].map((y) => y.dataSync());
      for (const y of products) expect(y).toEqual(products[0]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
