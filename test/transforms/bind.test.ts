import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bayesian, dropout, layer, linear, random, randomKey, sequential } from '../../src/index.ts';
import { keyAt } from '../../src/transforms/forward.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';
import { expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';

const bitsAt = (path: readonly string[]): string =>
  tf.tidy(() => values(random.uniform(keyAt(path)(random.key(0)), [4])).join());

describeOnBackends('a model that is run', () => {
  it('has its own key for each place', () => {
    const path = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 4 });
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(bitsAt(a) === bitsAt(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 100, seed: 12 },
    );
    expect(bitsAt(['ab', 'c'])).not.toBe(bitsAt(['a', 'bc']));
    expect(bitsAt(['1', '0'])).not.toBe(bitsAt(['10']));
  });

  it('draws the same weights for a layer whatever its siblings', () => {
    const layers = { first: linear(3, 3), last: linear(3, 3) };
    const x = drawInputs(1, [2, 3]);
    const drawnBy = (spec: typeof layers) => {
      const model = bayesian()(
        layer(
          spec,
          ({ last }) =>
            (y: tf.Tensor) =>
              last(y),
        ),
      );
      return model.apply(model.init(random.key(0)), random.key(1), x);
    };
    const { first, last } = layers;
    expectSame(drawnBy({ last, first }), drawnBy(layers));
    expectSame(drawnBy({ last } as typeof layers), drawnBy(layers));
  });

  it('draws a weight once, however often the body uses it', () => {
    const model = bayesian()(
      layer(
        { w: [3] },
        ({ w }) =>
          (x: tf.Tensor) =>
            tf.sub(tf.add(x, w), w),
      ),
    );
    const x = tf.zeros([3]);
    expectSame(model.apply(model.init(random.key(0)), random.key(1), x), x);
  });

  it('gives a random key that follows from the key and the place', () => {
    const noise = () =>
      layer(
        { key: randomKey },
        ({ key }) =>
          () =>
            random.normal(key!, [3]),
      );
    const model = bayesian()(
      layer(
        { a: noise(), b: noise() },
        ({ a, b }) =>
          () =>
            tf.stack([a(), a(), b()]),
      ),
    );
    const [one, again, other] = tf.unstack(model.apply({}, random.key(1)));
    expectSame(one, again);
    expect(values(one!)).not.toEqual(values(other!));
    expectSame(model.apply({}, random.key(1)), model.apply({}, random.key(1)));
    expect(values(model.apply({}, random.key(2)))).not.toEqual(values(model.apply({}, random.key(1))));
  });

  it('returns its output and leaks nothing', () => {
    const model = bayesian()(sequential(linear(3, 2), dropout(0.5)));
    const [params, x] = [model.init(random.key(0)), drawInputs(1, [2, 3])];
    expectNoLeak(() => model.apply(params, random.key(1), x));
  });

  it('names parameters that are missing or of another shape', () => {
    const model = bayesian()(sequential({ hidden: linear(3, 2) }));
    const other = bayesian()(sequential({ hidden: linear(4, 2) }));
    const x = drawInputs(1, [2, 3]);
    const run = (params: unknown) => () => model.apply(params as never, random.key(0), x);
    const wrong = other.init(random.key(0));
    expectNoLeak(() => {
      expect(run(wrong)).toThrow(
        "params: 'hidden.weight' must be a weight of shape [3, 2], got a float32 tensor of shape [4, 2]",
      );
      expect(run({ hidden: {} })).toThrow(
        "params: 'hidden.weight' must be the parameters of a normal posterior, got undefined",
      );
      for (const params of [undefined, null, 3])
        expect(run(params)).toThrow(/params must be the model's parameter tree, got/);
    });
  });

  it('rejects anything that is not a layer', () => {
    for (const wrong of [undefined, tf.relu, {}, bayesian()(linear(2, 1))])
      expect(() => bayesian()(wrong as never)).toThrow(
        /bayesian: layer must be a layer, such as linear\(2, 1\)/,
      );
  });
});
