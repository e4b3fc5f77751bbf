import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { affine, layer, linear, randomKey, variable } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, posteriorMean } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

const key = random.key(0);

describeOnBackends('randomKey', () => {
  const jitter = layer({ noise: randomKey, w: [2] }, ({ noise, w }) => (x: tf.Tensor) => {
    const bits = noise === null ? tf.zeros(x.shape) : random.normal(noise, x.shape);
    const again = noise === null ? tf.zeros(x.shape) : random.normal(noise, x.shape);
    return { bits, again, w };
  });

  it('gives the same bits when used twice, and different ones under another key or in another place', () => {
    tf.tidy(() => {
      const model = bayesian()(
        layer(
          { a: jitter, b: jitter },
          ({ a, b }) =>
            (x: tf.Tensor) =>
              [a(x), b(x)] as const,
        ),
      );
      const params = model.init(key);
      const [a, b] = model.apply(params, key, tf.ones([4]));
      expect(values(a.again)).toEqual(values(a.bits));
      expect(values(b.bits)).not.toEqual(values(a.bits));
      expect(values(model.apply(params, random.key(1), tf.ones([4]))[0].bits)).not.toEqual(values(a.bits));
    });
  });

  it('is not a parameter, and null in the posterior mean', () => {
    tf.tidy(() => {
      const model = bayesian()(jitter);
      const params = model.init(key);
      expect(Object.keys(params)).toEqual(['w']);
      const { bits, w } = posteriorMean(model).apply(params, key, tf.ones([3]));
      expect(values(bits)).toEqual([0, 0, 0]);
      expect(values(w)).toEqual(values(params.w.mean));
    });
  });
});

describe('affine', () => {
  const body = () => (x: tf.Tensor) => x;

  it('refuses layers and keys among its parts', () => {
    const parts = { key: randomKey, inner: linear(1, 1) };
    for (const [name, part] of Object.entries(parts)) {
      expect(() =>
        affine({ [name]: part as unknown as readonly number[] }, body, { featureRank: 1 }),
      ).toThrow(`affine: part '${name}' must be a variable, got a `);
    }
  });

  it.each([[0], [1.5], [undefined]])('refuses a featureRank of %o', (featureRank) => {
    expect(() => affine({ w: [1] }, body, { featureRank: featureRank as number })).toThrow(
      /^affine: featureRank must be a positive integer, got /,
    );
  });
});

describe('variable', () => {
  it('rejects a fan-in that is not positive and a start that is not finite', () => {
    expect(() => variable([2], { fanIn: 0 })).toThrow(
      'variable: fanIn must be a finite number above 0, got 0',
    );
    expect(() => variable([2], { initialMean: Number.NaN })).toThrow(
      'variable: initialMean must be a finite number, got NaN',
    );
  });
});
