import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { dropout, flatten, learnedNoise, linear, residual, sequential } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { posteriorMean } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';
import { resolveSites } from './support/sites.ts';

const key = random.key(0);

describeOnBackends('sequential', () => {
  it('applies its parts in order, with weights by position', () => {
    tf.tidy(() => {
      const model = ordinary(sequential(flatten(), linear(4, 3), tf.tanh, linear(3, 2)));
      const params = model.init(key);
      expect(Object.keys(params)).toEqual(['1', '3']);
      const x = tf.randomUniform([5, 2, 2], -1, 1, 'float32', 1);
      const hidden = tf.tanh(
        tf.add(
          tf.matMul(tf.reshape(x, [5, 4]), params['1'].weight.value as tf.Tensor2D),
          params['1'].bias.value,
        ),
      );
      const expected = tf.add(
        tf.matMul(hidden as tf.Tensor2D, params['3'].weight.value as tf.Tensor2D),
        params['3'].bias.value,
      );
      expectNumbers(values(model.apply(params, key, x)), values(expected));
    });
  });

  it('applies named parts in the order of the record', () => {
    tf.tidy(() => {
      const model = ordinary(sequential({ second: linear(2, 2), act: tf.relu, first: linear(2, 2) }));
      const params = model.init(key);
      expect(Object.keys(params)).toEqual(['second', 'first']);
      const byPosition = ordinary(sequential(linear(2, 2), tf.relu, linear(2, 2)));
      const x = tf.randomUniform([3, 2], -1, 1, 'float32', 2);
      expect(values(model.apply(params, key, x))).toEqual(
        values(byPosition.apply({ 0: params.second, 2: params.first }, key, x)),
      );
    });
  });

  it('keeps the order of more than ten parts', () => {
    tf.tidy(() => {
      const layers = Array.from({ length: 13 }, (_, index) => linear(index + 1, index + 2));
      const deep = sequential(...layers);
      expect(resolveSites(deep).map(({ path }) => path.join('.'))).toEqual(
        layers.flatMap((_, index) => [`${index}.weight`, `${index}.bias`]),
      );
      const model = ordinary(deep);
      // The sizes fit in this order and no other.
      expect(model.apply(model.init(key), key, tf.ones([2, 1])).shape).toEqual([2, 14]);
      const named = sequential(Object.fromEntries(layers.map((each, index) => [`layer${index}`, each])));
      expect(ordinary(named).apply(ordinary(named).init(key), key, tf.ones([2, 1])).shape).toEqual([2, 14]);
    });
  });

  it('nests', () => {
    tf.tidy(() => {
      const model = ordinary(
        sequential(sequential(linear(2, 2)), residual(sequential({ inner: linear(2, 2) }))),
      );
      const params = model.init(key);
      const [a, b] = [params['0']['0'], params['1'].inner.inner];
      const x = tf.eye(2);
      const h = tf.add(tf.matMul(x, a.weight.value as tf.Tensor2D), a.bias.value) as tf.Tensor2D;
      const expected = tf.add(h, tf.add(tf.matMul(h, b.weight.value as tf.Tensor2D), b.bias.value));
      expectNumbers(values(model.apply(params, key, x)), values(expected));
    });
  });

  it('may end in a layer or a function that returns a tree', () => {
    tf.tidy(() => {
      const model = ordinary(sequential(linear(1, 2), learnedNoise(2)));
      const { mean, logStd } = model.apply(model.init(key), key, tf.ones([3, 1]));
      expect([mean.shape, logStd.shape]).toEqual([
        [3, 2],
        [3, 2],
      ]);
      const split = ordinary(
        sequential(linear(1, 2), (x: tf.Tensor) => ({ first: tf.slice(x, [0, 0], [-1, 1]), whole: x })),
      );
      expect(split.apply(split.init(key), key, tf.ones([3, 1])).first.shape).toEqual([3, 1]);
    });
  });

  it('has no entries for functions and for layers without weights', () => {
    tf.tidy(() => {
      const model = ordinary(
        sequential(
          flatten(),
          dropout(0.5),
          sequential(tf.relu, dropout(0.1)),
          residual(dropout(0.2)),
          linear(2, 1),
        ),
      );
      expect(Object.keys(model.init(key))).toEqual(['4']);
      const empty = ordinary(sequential(tf.relu, tf.neg));
      const nothing = empty.init(key);
      expect(nothing).toEqual({});
      expect(values(posteriorMean(empty).apply(nothing, key, tf.tensor1d([1, -1])))).toEqual([-1, -0]);
    });
  });

  it('has the gradient of its input', () => {
    tf.tidy(() => {
      const model = ordinary(sequential(linear(2, 3), tf.tanh, linear(3, 1)));
      const params = model.init(key);
      expectGradient((x) => model.apply(params, key, x), tf.tensor2d([0.5, -1, 0.2, 0.3], [2, 2]));
    });
  });

  it('names the part whose input is not a tensor', () => {
    tf.tidy(() => {
      const twice = ordinary(sequential(learnedNoise(2) as unknown as typeof tf.relu, linear(2, 1)));
      expect(() => twice.apply(twice.init(key), key, tf.ones([1, 2]))).toThrow(
        "sequential: input of piece '1' must be a tensor, got an object with keys [mean, logStd]",
      );
    });
  });

  it('leaks no tensors', () => {
    const model = ordinary(sequential(linear(2, 3), tf.tanh, linear(3, 1)));
    const [params, x] = [model.init(key), tf.ones([2, 2])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => model.init(key));
    tf.dispose([
      x,
      params['0'].weight.value,
      params['0'].bias.value,
      params['2'].weight.value,
      params['2'].bias.value,
    ]);
  });
});

describe('sequential', () => {
  it('rejects anything that is neither a layer nor a function, by its position', () => {
    expect(() => sequential(linear(2, 2), 'relu' as unknown as typeof tf.relu, linear(2, 1))).toThrow(
      "sequential: piece '1' must be a layer or a function of a tensor, got 'relu'",
    );
    expect(() => sequential({ hidden: linear(2, 2), act: undefined as unknown as typeof tf.relu })).toThrow(
      "sequential: piece 'act' must be a layer or a function of a tensor, got undefined",
    );
  });
});
