import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  categorical,
  flat,
  gaussian,
  laplace,
  normal,
  pointMass,
  poisson,
  quiet,
  scaleMixture,
  studentT,
} from '../../src/distributions/index.ts';
import { assertLikelihood } from '../../src/distributions/likelihood.ts';
import { asPosterior } from '../../src/distributions/posterior.ts';
import { asPrior } from '../../src/distributions/prior.ts';

const distribution = normal();
const noDistributions: readonly unknown[] = [undefined, null, 1, 'normal', {}, () => 1, { _tag: 'Layer' }];

describe('asPrior', () => {
  it('takes priors and records with one', () => {
    const prior = flat();
    expect(asPrior('prior', prior)).toBe(prior);
    expect(asPrior('prior', distribution)).toBe(distribution.prior);
    for (const each of [laplace(), quiet(), scaleMixture()]) expect(asPrior('prior', each)).toBe(each);
    const student = studentT();
    expect(asPrior('prior', student)).toBe(student.prior);
  });

  it.each<unknown>([
    categorical(),
    gaussian({ std: 1 }),
    pointMass(),
    distribution.posterior,
    bernoulli(),
    poisson(),
    ...noDistributions,
  ])('refuses %o by the argument it was given for', (value) => {
    expect(() => asPrior("prior of '0.weight'", value)).toThrow(
      /^prior of '0.weight' must be a prior, such as normal\(\) or flat\(\), got /,
    );
  });

  it('names the role of a distribution that cannot play this one', () => {
    expect(() => asPrior('p', categorical())).toThrow(/got a Likelihood$/);
    expect(() => asPrior('p', pointMass())).toThrow(/got a Posterior$/);
  });
});

describe('asPosterior', () => {
  it('takes posteriors and records with one', () => {
    const posterior = pointMass();
    expect(asPosterior('posterior', posterior)).toBe(posterior);
    expect(asPosterior('posterior', distribution)).toBe(distribution.posterior);
  });

  it.each<unknown>([categorical(), flat(), distribution.prior, ...noDistributions])('refuses %o', (value) => {
    expect(() => asPosterior('q', value)).toThrow(
      /^q must be a posterior, such as normal\(\) or pointMass\(\), got /,
    );
  });
});

describe('assertLikelihood', () => {
  it('takes likelihoods', () => {
    for (const likelihood of [bernoulli(), categorical(), gaussian(), gaussian({ std: 1 }), poisson()]) {
      expect(() => assertLikelihood('l', likelihood)).not.toThrow();
    }
  });

  it.each<unknown>([distribution, flat(), pointMass(), ...noDistributions])('refuses %o', (value) => {
    expect(() => assertLikelihood('elbo: likelihood', value)).toThrow(
      /^elbo: likelihood must be a likelihood, such as /,
    );
  });
});
