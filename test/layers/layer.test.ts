import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { layer, linear, randomKey, sequential, variable } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian } from '../../src/transforms/index.ts';
import { map } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';

const key = random.key(0);

const bilinear = (n: number) =>
  layer(
    { left: [n, n], right: [n, n] },
    ({ left, right }) =>
      (x: tf.Tensor): tf.Tensor =>
        tf.mul(tf.matMul(x, left), tf.matMul(x, right)),
  );

describeOnBackends('layer', () => {
  it('passes the weights to its body as tensors', () => {
    tf.tidy(() => {
      const model = ordinary(bilinear(2));
      const params = model.init(key);
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const [left, right] = [params.left.value, params.right.value] as [tf.Tensor2D, tf.Tensor2D];
      expectNumbers(
        values(model.apply(params, key, x)),
        values(tf.mul(tf.matMul(x, left), tf.matMul(x, right))),
      );
      expectGradient((value) => model.apply({ ...params, left: { value } }, key, x), left);
    });
  });

  it('passes inner layers to its body as functions, with several inputs and trees as outputs', () => {
    tf.tidy(() => {
      const attend = layer({ scale: [1] }, ({ scale }) => (a: tf.Tensor, b: tf.Tensor, offset: number) => ({
        sum: tf.add(tf.mul(tf.add(a, b), scale), offset),
        parts: [a, b],
      }));
      const model = ordinary(
        layer({ attend, out: linear(2, 1) }, ({ attend: f, out }) => (x: tf.Tensor) => {
          const { sum, parts } = f(x, tf.neg(x), 3);
          return { y: out(sum), parts };
        }),
      );
      const params = model.init(key);
      const { y, parts } = model.apply(params, key, tf.tensor2d([[1, 2]]));
      const [w0, w1] = values(params.out.weight.value) as [number, number];
      expectNumbers(values(y), [3 * w0 + 3 * w1 + (values(params.out.bias.value)[0] as number)]);
      expect(parts.map(values)).toEqual([
        [1, 2],
        [-1, -2],
      ]);
    });
  });

  it('draws a variable once, however often its body uses it', () => {
    tf.tidy(() => {
      const shared = layer(
        { w: [4] },
        ({ w }) =>
          (x: tf.Tensor) =>
            tf.sub(tf.mul(x, w), tf.mul(w, x)),
      );
      const model = bayesian()(shared);
      expect(values(model.apply(model.init(key), key, tf.ones([4])))).toEqual([0, 0, 0, 0]);
    });
  });

  it('draws an inner layer once, however often its body calls it', () => {
    tf.tidy(() => {
      const twice = layer(
        { inner: linear(3, 3) },
        ({ inner }) =>
          (x: tf.Tensor) =>
            tf.sub(inner(x), inner(x)),
      );
      const model = bayesian()(twice);
      expect(values(model.apply(model.init(key), key, tf.ones([1, 3])))).toEqual([0, 0, 0]);
    });
  });

  it('draws variables of equal shape independently, and repeats them under the same key', () => {
    tf.tidy(() => {
      const both = layer({ a: [5], b: [5] }, ({ a, b }) => () => ({ a, b }));
      const model = bayesian()(both);
      const params = map((x) => tf.zerosLike(x))(model.init(key));
      const first = model.apply(params, key);
      expect(values(first.a)).not.toEqual(values(first.b));
      expect(values(model.apply(params, key).a)).toEqual(values(first.a));
      expect(values(model.apply(params, random.key(1)).a)).not.toEqual(values(first.a));
    });
  });

  it('starts each variable from its own key', () => {
    tf.tidy(() => {
      const params = bayesian()(layer({ a: [5], b: [5] }, () => () => tf.scalar(0))).init(key);
      expect(values(params.a.mean)).not.toEqual(values(params.b.mean));
    });
  });

  it('does not change the draws or the start of a layer if another is added', () => {
    tf.tidy(() => {
      const reveal = () =>
        layer(
          { w: [3] },
          ({ w }) =>
            () =>
              w,
        );
      const small = bayesian()(
        layer(
          { a: reveal(), b: reveal() },
          ({ a, b }) =>
            () =>
              [a(), b()] as const,
        ),
      );
      const large = bayesian()(
        layer(
          { extra: linear(2, 2), a: reveal(), noise: randomKey, middle: linear(2, 2), b: reveal() },
          ({ a, b }) =>
            () =>
              [a(), b()] as const,
        ),
      );
      const params = large.init(key);
      const same = small.init(key);
      expect(values(same.b.w.mean)).toEqual(values(params.b.w.mean));
      const [before, after] = [small.apply(same, random.key(3)), large.apply(params, random.key(3))];
      expect(before.map(values)).toEqual(after.map(values));
    });
  });

  it('names the variable whose parameters are missing or of another shape', () => {
    tf.tidy(() => {
      const model = bayesian()(sequential(linear(2, 3), tf.relu, linear(3, 1)));
      const params = model.init(key);
      const run = (given: unknown) => () => model.apply(given as typeof params, key, tf.ones([1, 2]));
      expect(run({ 0: params['0'] })).toThrow(
        "params: '2.weight' must be the parameters of a normal posterior, got undefined",
      );
      expect(run({ ...params, 2: { weight: params['2'].weight } })).toThrow("params: '2.bias' must be");
      expect(run({ ...params, 2: params['0'] })).toThrow(
        "params: '2.weight' must be a weight of shape [3, 1], got a float32 tensor of shape [2, 3]",
      );
      expect(run(undefined)).toThrow("params must be the model's parameter tree, got undefined");
    });
  });

  it('leaks no tensors', () => {
    const model = bayesian()(bilinear(2));
    const [params, x] = [model.init(key), tf.ones([2, 2])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => model.init(key));
    tf.dispose([x, params.left.mean, params.left.logStd, params.right.mean, params.right.logStd]);
  });
});

describe('layer', () => {
  const body = () => (x: tf.Tensor) => x;

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    ['[2]', "'[2]'"],
    [{ shape: [2] }, 'an object with keys [shape]'],
    [{ _tag: 'Model' }, 'a Model'],
  ])('refuses a part %o by its name', (part, got) => {
    expect(() => layer({ weight: part as readonly number[] }, body)).toThrow(
      `layer: part 'weight' must be a shape, a variable, a layer, a statistic or randomKey, got ${got}`,
    );
  });

  it.each([[[0]], [[2, -1]], [[1.5]], [[Number.NaN]]])(
    'refuses the shape %o by the name of its part',
    (shape) => {
      expect(() => layer({ weight: shape }, body)).toThrow(
        /^layer: part 'weight' must be an array of positive integers, got \[/,
      );
      expect(() => variable(shape)).toThrow(/^variable: shape must be an array of positive integers, got \[/);
    },
  );

  it('rejects a body that is not a function', () => {
    expect(() => layer({}, undefined as unknown as typeof body)).toThrow(
      'layer: body must be a function of the parts, got undefined',
    );
  });
});
