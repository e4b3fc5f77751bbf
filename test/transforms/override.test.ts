import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import {
  bayesian,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  embedding,
  type Forward,
  flat,
  groupNorm,
  gru,
  type Layer,
  laplace,
  layer,
  layerNorm,
  learnedNoise,
  linear,
  lstm,
  type Model,
  multiheadAttention,
  normal,
  override,
  type Posterior,
  type Prior,
  pointMass,
  random,
  randomKey,
  rmsNorm,
  sequential,
  studentT,
  transformerEncoderLayer,
  type VariableOptions,
  variable,
  withLogProbs,
} from '../../src/index.ts';

beforeAll(() => tf.setBackend('cpu'));

/** The families of a model's variables by name. */
const families = ({
  network,
}: Pick<Model<never>, 'network'>): Record<string, readonly [posterior: string, prior: string]> =>
  Object.fromEntries(
    network.sites.map(({ name, posterior, prior }) => [name, [posterior.name, prior.name] as const]),
  );

const listFamilies = (net: Layer<unknown, Forward>, options = {}) => families(bayesian(options)(net));

describe('override', () => {
  const net = sequential(linear(2, 3, { prior: laplace() }), tf.relu, linear(3, 1));

  it('sets the prior and the posterior of one variable by its path, and nothing else', () => {
    const overridden = override(net, { '0': { bias: { prior: flat(), posterior: pointMass() } } });
    expect(listFamilies(overridden)).toEqual({
      '0.weight': ['normal', 'laplace'],
      '0.bias': ['pointMass', 'flat'],
      '2.weight': ['normal', 'normal'],
      '2.bias': ['normal', 'normal'],
    });
    expect(listFamilies(net)['0.bias']).toEqual(['normal', 'laplace']);
  });

  it('beats what variables, layers and bayesian set; among overrides the innermost wins', () => {
    const own = layer(
      {
        inner: layer(
          { w: variable([2], { prior: flat() }), v: [2] },
          ({ w, v }) =>
            (x: tf.Tensor) =>
              tf.add(x, tf.add(w, v)),
        ),
      },
      ({ inner }) => inner,
      { prior: normal() },
    );
    const overridden = override(own, { prior: studentT(), inner: { v: { prior: laplace() } } });
    expect(listFamilies(overridden, { prior: flat() })).toEqual({
      'inner.w': ['normal', 'studentT'],
      'inner.v': ['normal', 'laplace'],
    });
  });

  it('applies to the layers of a transformer, and beats their own options', () => {
    const net = transformerEncoderLayer(4, 2, { dimFeedforward: 8, prior: laplace() });
    const found = listFamilies(
      override(net, { selfAttn: { inProjBias: { prior: flat() } }, linear2: { posterior: pointMass() } }),
    );
    expect(found['selfAttn.inProjBias']).toEqual(['normal', 'flat']);
    expect(found['selfAttn.outProjBias']).toEqual(['normal', 'laplace']);
    expect(found['linear2.weight']).toEqual(['pointMass', 'laplace']);
    expect(found['linear1.weight']).toEqual(['normal', 'laplace']);
  });

  it('of any subset of the variables changes only those', () => {
    const names = ['0.weight', '0.bias', '2.weight', '2.bias'];
    fc.assert(
      fc.property(fc.subarray(names), (chosen) => {
        const of = (index: string) =>
          Object.fromEntries(
            ['weight', 'bias'].flatMap((part) =>
              chosen.includes(`${index}.${part}`) ? [[part, { prior: studentT() }]] : [],
            ),
          );
        const found = listFamilies(override(net, { '0': of('0'), '2': of('2') } as object));
        for (const name of names) expect(found[name]?.[1] === 'studentT').toBe(chosen.includes(name));
      }),
    );
  });

  it('keeps what estimators need of a layer, and the draws of variables that it does not change', () => {
    const overridden = override(net, { '0': { bias: { prior: flat() } } });
    expect(overridden.spec['0']).toHaveProperty('featureRank', 1);
    const [model, other] = [bayesian()(net), bayesian()(overridden)];
    const params = model.init(random.key(0));
    const x = tf.ones([4, 2]);
    const [a, b] = [withLogProbs(model), withLogProbs(other)].map((f) =>
      f(params as never, random.key(1), x),
    );
    expect(a!.output.dataSync()).toEqual(b!.output.dataSync());
    expect(a!.logProbs.posterior.dataSync()).toEqual(b!.logProbs.posterior.dataSync());
    expect(a!.logProbs.prior.dataSync()[0]).toBeLessThan(b!.logProbs.prior.dataSync()[0]!);
  });

  it.each<[string, object, string]>([
    ['a part that is not there', { '1': {} }, "override: '1' must be a variable or a layer"],
    [
      'a name too many',
      { '0': { wieght: {} } },
      "override: '0' has no part or option 'wieght'; did you mean 'weight'?",
    ],
    [
      'an option of a variable',
      { '0': { bias: { prio: flat() } } },
      "override: 0.bias: unknown option 'prio'; did you mean 'prior'?",
    ],
    [
      'what is not a record',
      { '0': { bias: flat() } },
      "override: options of '0.bias' must be a record of options and parts",
    ],
    [
      'a prior for a posterior',
      { '0': { bias: { posterior: flat() } } },
      "posterior of '0.bias' must be a posterior",
    ],
  ])('refuses %s', (_, options, message) => {
    const withKey = layer({ '0': linear(2, 3), '1': randomKey }, (parts) => (x: tf.Tensor) => parts['0'](x));
    expect(() => bayesian()(override(withKey, options as never))).toThrow(message);
  });

  it('refuses what is not a layer', () => {
    expect(() => override(bayesian()(net) as never, {})).toThrow('override: network must be a layer');
  });
});

describe('options by name', () => {
  const mine: VariableOptions = { prior: laplace(), posterior: studentT() };

  it.each<[fn: string, name: string, make: (own: VariableOptions | undefined) => Layer<unknown, Forward>]>([
    ['linear', 'weight', (weight) => linear(2, 3, { prior: flat(), ...(weight && { weight }) })],
    ['linear', 'bias', (bias) => linear(2, 3, { prior: flat(), bias: bias ?? true })],
    ['conv1d', 'bias', (bias) => conv1d(2, 3, 3, { bias: bias ?? true })],
    ['conv2d', 'weight', (weight) => conv2d(2, 3, 3, weight && { weight })],
    ['conv3d', 'bias', (bias) => conv3d(2, 3, 1, bias && { bias })],
    ['convTranspose2d', 'bias', (bias) => convTranspose2d(2, 3, 3, bias && { bias })],
    ['embedding', 'weight', (weight) => embedding(5, 2, weight && { weight })],
    ['layerNorm', 'weight', (weight) => layerNorm(4, weight && { weight })],
    ['layerNorm', 'bias', (bias) => layerNorm(4, bias && { bias })],
    ['groupNorm', 'bias', (bias) => groupNorm(1, 4, bias && { bias })],
    ['rmsNorm', 'weight', (weight) => rmsNorm(4, weight && { weight })],
    ['learnedNoise', 'logStd', (logStd) => learnedNoise(2, logStd && { logStd })],
    ['lstm', 'weightIhL0', (weightIhL0) => lstm(2, 3, weightIhL0 && { weightIhL0 })],
    [
      'gru',
      'biasHhL1Reverse',
      (own) => gru(2, 3, { numLayers: 2, bidirectional: true, ...(own && { biasHhL1Reverse: own }) }),
    ],
    [
      'multiheadAttention',
      'outProjBias',
      (outProjBias) => multiheadAttention(4, 2, outProjBias && { outProjBias }),
    ],
  ])('of %s set %s alone', (_, name, make) => {
    const plain = listFamilies(make(undefined));
    expect(plain[name]).not.toEqual(['studentT', 'laplace']);
    expect(listFamilies(make(mine))).toEqual({ ...plain, [name]: ['studentT', 'laplace'] });
  });

  it('leave an initial mean and a fan-in unchanged', () => {
    const [site] = bayesian()(layerNorm(4, { weight: { posterior: normal() } })).network.sites;
    expect(site?.initialMean).toEqual({ value: 1 });
    expect(bayesian()(embedding(5, 2, { weight: { prior: flat() } })).network.sites[0]?.fanIn).toBe(1);
  });

  it('leave undefined options to the layer', () => {
    const found = listFamilies(
      linear(2, 3, {
        prior: laplace(),
        bias: { prior: undefined as unknown as Prior, posterior: pointMass() as Posterior },
      }),
    );
    expect(found.bias).toEqual(['pointMass', 'laplace']);
  });

  it('are rejected if they are unknown', () => {
    expect(() => linear(2, 3, { bias: { prio: flat() } as never })).toThrow(
      "linear: bias: unknown option 'prio'; did you mean 'prior'?",
    );
    expect(() => linear(2, 3, { bias: 'no' as never })).toThrow(
      'linear: bias: options must be a record of options',
    );
  });
});
