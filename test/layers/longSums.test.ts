import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { bayesian, conv2d, deterministic, groupNorm, random, valueAndGrad } from '../../src/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { take } from '../support/numbers.ts';

describe.skipIf(!kernels)('long sums keep their digits', () => {
  describeOnBackends('in layers', () => {
    it("a convolution's bias has the gradient that all pixels sum to", () => {
      const model = bayesian()(deterministic(conv2d(1, 2, 1)));
      const params = model.init(random.key(0));
      const images = tf.zeros([8, 256, 256, 1]);
      const loss = (of: typeof params) => ({
        loss: tf.mul(tf.sum(model.apply(of, random.key(1), images)), -0.1) as tf.Scalar,
      });
      const [parts, gradient] = valueAndGrad(loss)(params);
      for (const each of take(gradient.bias.value)) expect(Math.abs(each / -52_428.8 - 1)).toBeLessThan(1e-5);
      tf.dispose([images, parts, gradient, params] as unknown as tf.TensorContainer);
    });

    it('a convolution of 512 channels adds 4608 equal products', () => {
      const model = bayesian()(deterministic(conv2d(512, 8, 3)));
      const params = model.init(random.key(0));
      const weights = { weight: { value: tf.fill([3, 3, 512, 8], 0.1) }, bias: { value: tf.zeros([8]) } };
      const y = tf.tidy(() =>
        model.apply(weights as typeof params, random.key(1), tf.fill([1, 3, 3, 512], 0.1)),
      );
      const right = 4608 * Math.fround(0.1) ** 2;
      for (const each of take(y)) expect(Math.abs(each / right - 1)).toBeLessThan(3e-6);
      tf.dispose([weights, params] as unknown as tf.TensorContainer);
    });

    it('a group of 512 x 512 pixels is divided by its standard deviation', () => {
      const model = bayesian()(groupNorm(1, 1, { eps: 0, affine: false }));
      const params = model.init(random.key(0));
      // 3 and 3.1 in turn: their mean is 3.05, their standard deviation 0.05.
      const images = tf.tidy(() => {
        const odd = tf.mod(tf.range(0, 512 * 512), 2);
        return tf.reshape(tf.add(3, tf.mul(odd, 0.1)), [1, 512, 512, 1]);
      });
      const y = tf.tidy(() => model.apply(params, random.key(1), images));
      const [low, high] = [3, Math.fround(3.1)].map((x) => x - (3 + Math.fround(3.1)) / 2);
      const scale = Math.abs(low! - high!) / 2;
      const far = take(y).reduce(
        (most, each, at) => Math.max(most, Math.abs(each - (at % 2 ? high! : low!) / scale)),
        0,
      );
      expect(far).toBeLessThan(3e-5);
      images.dispose();
    });
  });
});
