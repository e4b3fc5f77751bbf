import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { flatten, learnedNoise, linear, residual, sequential } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);

describeOnBackends('residual', () => {
  it('adds its input to the inner output, weights under inner', () => {
    tf.tidy(() => {
      const [model, inner] = [ordinary(residual(linear(3, 3))), ordinary(linear(3, 3))];
      const params = model.init(key);
      const x = tf.randomUniform([4, 3], -1, 1, 'float32', 1);
      expectNumbers(
        values(model.apply(params, key, x)),
        values(tf.add(x, inner.apply(params.inner, key, x))),
      );
      expectGradient((input) => model.apply(params, key, input), x);
    });
  });

  it('refuses an inner layer that changes the shape, also to one that broadcasts', () => {
    tf.tidy(() => {
      const model = ordinary(residual(linear(3, 1)));
      expect(() => model.apply(model.init(key), key, tf.zeros([4, 3]))).toThrow(
        "residual: output of the inner layer must be of the input's shape [4, 3], got a float32 tensor of shape [4, 1]",
      );
    });
  });
});

describeOnBackends('flatten', () => {
  it('joins all axes but the first', () => {
    tf.tidy(() => {
      const x = tf.range(0, 24);
      const flat = flatten()(tf.reshape(x, [2, 3, 2, 2]));
      expect(flat.shape).toEqual([2, 12]);
      expect(values(flat)).toEqual(values(x));
      expect(flatten()(tf.reshape(x, [24])).shape).toEqual([24, 1]);
      expect(flatten()(tf.zeros([0, 3, 2])).shape).toEqual([0, 6]);
    });
  });

  it('flattens channel by channel with channelsFirst', () => {
    tf.tidy(() => {
      const first = tf.reshape(tf.range(0, 24), [2, 3, 2, 2]);
      const last = tf.transpose(first, [0, 2, 3, 1]);
      expect(values(flatten({ channelsFirst: true })(last))).toEqual(values(first));
      const vectors = tf.reshape(tf.range(0, 6), [2, 3]);
      expect(values(flatten({ channelsFirst: true })(vectors))).toEqual(values(vectors));
      expectGradient(flatten({ channelsFirst: true }), last);
    });
    expect(() => flatten({ channelsFirst: 1 as never })).toThrow(
      'flatten: channelsFirst must be true or false',
    );
  });

  it('refuses a scalar', () => {
    tf.tidy(() => {
      expect(() => flatten()(tf.scalar(1))).toThrow('flatten: input must be a tensor with a batch axis, got');
    });
  });
});

describeOnBackends('learnedNoise', () => {
  it('gives its input as the mean and one noise for all rows, a weight that starts at std', () => {
    tf.tidy(() => {
      const model = bayesian()(sequential(tf.neg, learnedNoise(2, { std: 0.5 })));
      const params = model.init(key);
      const { mean, logStd } = model.apply(params, random.key(9), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
      expect(values(mean)).toEqual([-1, -2, -3, -4, -5, -6]);
      expect(logStd.shape).toEqual([3, 2]);
      expectNumbers(
        values(logStd),
        Array.from({ length: 6 }, () => Math.log(0.5)),
      );
      expectGradient(
        (value) => tf.square(model.apply({ 1: { logStd: { value } } }, key, tf.ones([3, 2])).logStd),
        params['1'].logStd.value,
      );
    });
  });

  it('refuses an input with another number of outputs', () => {
    tf.tidy(() => {
      const model = ordinary(learnedNoise(2));
      const params = model.init(key);
      for (const shape of [[3, 4], [3, 1], [1]]) {
        expect(() => model.apply(params, key, tf.zeros(shape))).toThrow(
          `learnedNoise: input must be a tensor with 2 outputs on its last axis, got a float32 tensor of shape [${shape.join(', ')}]`,
        );
      }
    });
  });

  it('leaks no tensors', () => {
    const model = ordinary(learnedNoise(2));
    const [params, x] = [model.init(key), tf.zeros([3, 2])];
    expectNoLeak(() => tf.tidy(() => model.apply(params, key, x).logStd));
    tf.dispose([x, params.logStd.value]);
  });
});

describe('learnedNoise', () => {
  it('rejects a number of outputs that is not a positive integer and a noise that is not positive', () => {
    expect(() => learnedNoise(0)).toThrow('learnedNoise: outputs must be a positive integer, got 0');
    expect(() => learnedNoise(1, { std: 0 })).toThrow(
      'learnedNoise: std must be a finite number above 0, got 0',
    );
  });
});
