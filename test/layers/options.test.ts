import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categorical, flat, normal, pointMass } from '../../src/distributions/index.ts';
import { affine, layer, linear, variable, type WeightOptions } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, withDivergence } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { resolveSites } from './support/sites.ts';

const body = () => (x: tf.Tensor) => x;

/** How one level sets one option: nothing, `undefined`, or a value. */
const said = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<{ readonly value?: A | undefined }> =>
  fc.oneof(
    fc.constant({}),
    fc.constant({ value: undefined }),
    value.map((each) => ({ value: each })),
  );

const levels = <A>(value: fc.Arbitrary<A>) => fc.tuple(said(value), said(value), said(value), said(value));

const options = (name: keyof WeightOptions, level: { readonly value?: unknown }): WeightOptions =>
  'value' in level ? { [name]: level.value } : {};

/** The only variable's site when variable, layer, outer layer and model each say what they say. */
const siteWith = (
  name: keyof WeightOptions,
  [own, inner, outer, all]: readonly { readonly value?: unknown }[],
) => {
  const leaf = layer({ w: variable([8, 2], options(name, own ?? {})) }, body, options(name, inner ?? {}));
  const [site] = resolveSites(layer({ leaf }, body, options(name, outer ?? {})), options(name, all ?? {}));
  return site ?? expect.unreachable();
};

const nearest = <A>(said: readonly { readonly value?: A | undefined }[], otherwise: A): A =>
  said.find(({ value }) => value !== undefined)?.value ?? otherwise;

describe('the innermost option', () => {
  it.each(['rescalePrior', 'kaimingInitialization', 'priorInitialization'] as const)(
    'wins for %s',
    (name) => {
      const otherwise = name === 'kaimingInitialization';
      fc.assert(
        fc.property(levels(fc.boolean()), (given) => {
          const site = siteWith(name, given);
          const seen = {
            rescalePrior: site.prior.moments?.std !== 1,
            kaimingInitialization: site.fanIn !== null,
            priorInitialization: site.priorInitialization,
          };
          expect(seen[name]).toBe(nearest(given, otherwise));
        }),
      );
    },
  );

  it('wins for the prior', () => {
    fc.assert(
      fc.property(levels(fc.integer({ min: 2, max: 9 })), (given) => {
        const priors = given.map((level) =>
          level.value === undefined ? level : { value: normal({ std: level.value }) },
        );
        expect(siteWith('prior', priors).prior.moments?.std).toBe(nearest(given, 1));
      }),
    );
  });

  it('wins for the posterior', () => {
    const posterior = fc.constantFrom('normal', 'pointMass');
    fc.assert(
      fc.property(levels(posterior), (given) => {
        const posteriors = given.map((level) =>
          level.value === undefined ? level : { value: level.value === 'normal' ? normal() : pointMass() },
        );
        expect(siteWith('posterior', posteriors).posterior.name).toBe(nearest(given, 'normal'));
      }),
    );
  });

  it('leaves other options to the outer levels', () => {
    const [site] = resolveSites(
      layer({ w: variable([2], { prior: flat() }) }, body, { posterior: pointMass(), prior: normal() }),
      { kaimingInitialization: false },
    );
    expect([site?.prior.name, site?.posterior.name, site?.fanIn]).toEqual(['flat', 'pointMass', null]);
  });

  it('rejects a distribution of another role, naming the path of the variable', () => {
    const net = layer(
      { inner: linear(2, 1, { prior: categorical() as unknown as typeof normal.prototype }) },
      body,
    );
    expect(() => resolveSites(net)).toThrow(
      "prior of 'inner.weight' must be a prior, such as normal() or flat(), got a Likelihood",
    );
    const other = layer({ w: variable([1], { posterior: flat() as never }) }, body);
    expect(() => resolveSites(other)).toThrow(/^posterior of 'w' must be a posterior, .* got a Prior$/);
    expect(() => bayesian({ prior: categorical() as never })).toThrow(/^bayesian: prior must be a prior/);
    expect(() => bayesian({ posterior: flat() as never })).toThrow(
      /^bayesian: posterior must be a posterior/,
    );
  });
});

describe('the fan-in', () => {
  it('of a layer is that of its first variable: a bias starts by the fan-in of its weight', () => {
    const [weight, bias] = resolveSites(linear(16, 2));
    expect([weight?.fanIn, bias?.fanIn]).toEqual([16, 16]);
    expect([weight?.initialMean, bias?.initialMean]).toEqual([{ bound: 1 / 4 }, { bound: 1 / 4 }]);
  });

  it('of a filter is the product of all axes but the last, of a lone vector 1', () => {
    const [filter] = resolveSites(layer({ filter: [3, 3, 4, 8] }, body));
    const [vector] = resolveSites(layer({ scale: [5] }, body));
    expect([filter?.fanIn, vector?.fanIn]).toEqual([36, 1]);
  });

  it('may be set for a variable, the first or any other', () => {
    const [first, second] = resolveSites(layer({ a: variable([2], { fanIn: 9 }), b: [2] }, body));
    expect([first?.fanIn, second?.fanIn]).toEqual([9, 9]);
    const [a, b] = resolveSites(layer({ a: [4, 2], b: variable([2], { fanIn: 25 }) }, body));
    expect([a?.fanIn, b?.fanIn]).toEqual([4, 25]);
    expect(b?.initialMean).toEqual({ bound: 1 / 5 });
  });
});

describeOnBackends('parameters at the start', () => {
  it('are uniform about 0 within 1 / sqrt(fanIn), with standard deviations scaled by it', () => {
    tf.tidy(() => {
      const params = bayesian({ posterior: normal({ std: 0.5 }) })(linear(100, 400)).init(random.key(0));
      const means = values(params.weight.mean);
      const largest = Math.max(...means.slice(0, 10_000).map(Math.abs), ...means.slice(10_000).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(0.1);
      expect(largest).toBeGreaterThan(0.0999);
      expect(Math.abs(means.reduce((a, b) => a + b, 0) / 40_000)).toBeLessThan(
        (4 * 0.1) / Math.sqrt(3 * 40_000),
      );
      expectNumbers(
        values(params.bias.logStd),
        Array.from({ length: 400 }, () => Math.log(0.5) + Math.log(0.1 + 1e-5)),
      );
    });
  });

  it('may start at one value, or at the moments of a prior, rescaled if asked', () => {
    tf.tidy(() => {
      const net = layer({ a: variable([2], { initialMean: 3 }) }, body);
      expect(values(bayesian()(net).init(random.key(0)).a.mean)).toEqual([3, 3]);
      const fromPrior = { prior: normal({ mean: 0.7, std: 2 }), priorInitialization: true };
      const { weight } = bayesian(fromPrior)(linear(3, 1)).init(random.key(0));
      expectNumbers(values(weight.mean), [0.7, 0.7, 0.7]);
      expectNumbers(values(weight.logStd), [Math.log(2), Math.log(2), Math.log(2)]);
      const rescaled = bayesian({ ...fromPrior, rescalePrior: true })(linear(3, 1)).init(random.key(0));
      const spread = Math.log(2 * (1 / 3 + 1e-5));
      expectNumbers(values(rescaled.weight.logStd), [spread, spread, spread]);
    });
  });

  it('name what they lack for a start from the prior', () => {
    expect(() =>
      bayesian({ prior: flat(), priorInitialization: true })(linear(2, 1)).init(random.key(0)),
    ).toThrow("priorInitialization of 'weight' must be used with a prior that has moments, got a Prior");
  });

  it('are frozen', () => {
    const params = bayesian()(linear(2, 1)).init(random.key(0));
    expect(Object.isFrozen(params) && Object.isFrozen(params.weight)).toBe(true);
    tf.dispose([params.weight.mean, params.weight.logStd, params.bias.mean, params.bias.logStd]);
  });
});

describeOnBackends('a variable with an initial mean', () => {
  it('starts there even if its layer starts from the prior, unless the variable asks for the prior itself', () => {
    const net = layer(
      {
        own: variable([2], { initialMean: 5 }),
        both: variable([2], { initialMean: 5, priorInitialization: true }),
        other: [2],
      },
      ({ own }) =>
        () =>
          own,
      { priorInitialization: true, prior: normal({ mean: 3 }) },
    );
    const params = bayesian()(net).init(random.key(0));
    expect([params.own, params.both, params.other].map(({ mean }) => [...mean.dataSync()])).toEqual([
      [5, 5],
      [3, 3],
      [3, 3],
    ]);
  });
});

describeOnBackends('a rescaled prior of tensors', () => {
  it('leaks none, whether sampled or scored', () => {
    const std = tf.fill([4, 2], 2);
    const net = affine(
      { w: [4, 2] },
      ({ w }) =>
        (x: tf.Tensor) =>
          tf.matMul(x, w),
      { featureRank: 1 },
    );
    const model = bayesian({ prior: normal({ std }), rescalePrior: true })(net);
    const [params, x] = [model.init(random.key(0)), tf.ones([1, 4])];
    expectNoLeak(() => model.apply(params, random.key(1), x));
    expectNoLeak(() => withDivergence(model));
    tf.engine().startScope();
    const measured = withDivergence(model);
    tf.engine().endScope();
    expectNoLeak(() => measured(params, random.key(1), x));
    tf.dispose([std, x, params.w.mean, params.w.logStd]);
  });
});
