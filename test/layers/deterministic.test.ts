import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { normal } from '../../src/distributions/index.ts';
import {
  affine,
  deterministic,
  dropout,
  layer,
  learnedNoise,
  linear,
  type randomKey,
  sequential,
  variable,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, posteriorMean, withLogProbs } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { resolveSites } from './support/sites.ts';

const key = random.key(0);

describeOnBackends('deterministic', () => {
  it('makes a whole network ordinary: one value per weight, the same under every key, no log probability', () => {
    tf.tidy(() => {
      const net = sequential(
        linear(2, 3),
        tf.relu,
        layer(
          { inner: linear(3, 1) },
          ({ inner }) =>
            (x: tf.Tensor) =>
              inner(x),
        ),
      );
      const model = bayesian()(deterministic(net));
      const params = model.init(key);
      expect(params['2'].inner.weight.value.shape).toEqual([3, 1]);
      const x = tf.tensor2d([[1, 2]]);
      expect(values(model.apply(params, key, x))).toEqual(values(model.apply(params, random.key(1), x)));
      const { logProbs } = withLogProbs(model)(params, key, x);
      expect([values(logProbs.prior), values(logProbs.posterior)]).toEqual([[0], [0]]);
    });
  });

  it('makes one variable ordinary beside Bayesian ones', () => {
    tf.tidy(() => {
      const net = layer({ scale: deterministic([2]), shift: [2] }, ({ scale, shift }) => () => ({
        scale,
        shift,
      }));
      const model = bayesian()(net);
      const params = model.init(key);
      const [a, b] = [model.apply(params, random.key(1)), model.apply(params, random.key(2))];
      expect(values(a.scale)).toEqual(values(params.scale.value));
      expect(values(b.scale)).toEqual(values(a.scale));
      expect(values(b.shift)).not.toEqual(values(a.shift));
    });
  });

  it('wins over options of the variable, the layer and the model', () => {
    const options = { posterior: normal(), prior: normal(), priorInitialization: true };
    const net = layer({ w: deterministic(variable([2], options)) }, () => (x: tf.Tensor) => x, options);
    const sites = [
      ...resolveSites(net, options),
      ...resolveSites(deterministic(linear(2, 1, options)), options),
    ];
    expect(
      sites.map(({ posterior, prior, priorInitialization }) => [
        posterior.name,
        prior.name,
        priorInitialization,
      ]),
    ).toEqual(sites.map(() => ['pointMass', 'flat', false]));
  });

  it("keeps a variable's start and fan-in, and that a layer is affine", () => {
    const [site] = resolveSites(
      layer({ w: deterministic(variable([2], { initialMean: 1, fanIn: 3 })) }, () => () => 0),
    );
    expect([site?.initialMean, site?.fanIn]).toEqual([{ value: 1 }, 3]);
    const scale = affine(
      { w: [2] },
      ({ w }) =>
        (x: tf.Tensor) =>
          tf.mul(x, w),
      { featureRank: 2 },
    );
    expect(deterministic(scale).featureRank).toBe(2);
  });

  it('does not change the start of ordinary weights if the Bayesian ones start from their prior', () => {
    tf.tidy(() => {
      const net = sequential(linear(2, 2), learnedNoise(2, { std: 0.5 }));
      const params = bayesian({ priorInitialization: true })(net).init(key);
      expect(values(params['0'].weight.mean)).toEqual([0, 0, 0, 0]);
      expectNumbers(values(params['1'].logStd.value), [Math.log(0.5), Math.log(0.5)]);
    });
  });

  it('leaves dropout in a network random', () => {
    tf.tidy(() => {
      const model = bayesian()(deterministic(sequential(linear(2, 50), dropout(0.5))));
      const params = model.init(key);
      const x = tf.ones([1, 2]);
      expect(values(model.apply(params, random.key(1), x))).not.toEqual(
        values(model.apply(params, random.key(2), x)),
      );
      expect(values(posteriorMean(model).apply(params, key, x)).every((y) => y !== 0)).toBe(true);
    });
  });
});

describe('deterministic', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /^deterministic: part must be .* got undefined$/],
    ['w', /^deterministic: part must be .* got 'w'$/],
    [{ _tag: 'RandomKey' } satisfies typeof randomKey, /^deterministic: part must be .* got a RandomKey$/],
    [[0], /^deterministic: part must be an array of positive integers, got \[0\]$/],
  ])('refuses %o', (part, message) => {
    expect(() => deterministic(part as readonly number[])).toThrow(message);
  });
});
