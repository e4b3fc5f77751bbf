import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  batchNorm,
  bayesian,
  bernoulli,
  categorical,
  deterministic,
  dropout,
  elbo,
  flat,
  gaussian,
  type Likelihood,
  laplace,
  learnedNoise,
  linear,
  logJoint,
  normal,
  type Prior,
  pipe,
  pointMass,
  poisson,
  posteriorAsPrior,
  prior,
  quiet,
  random,
  scaleMixture,
  sequential,
  studentT,
  valueAndGrad,
  vmap,
  withLogProbs,
} from '../../src/index.ts';
import { leaves, map, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { expectClose } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';

const key = random.key(0);

const priors: Readonly<Record<string, Prior>> = {
  normal: normal({ mean: 0.3, std: 2 }).prior,
  flat: flat(),
  laplace: laplace({ scale: 0.5 }),
  studentT: studentT({ degreesOfFreedom: 3 }).prior,
  scaleMixture: scaleMixture({ stds: [1, 0.1] }),
};

/** A likelihood, and its targets for numbers in [-1, 1]. */
interface Case {
  readonly likelihood: Likelihood<never, tf.Tensor>;
  readonly noisy?: true;
  readonly targets: (numbers: tf.Tensor) => tf.Tensor;
}

const likelihoods: Readonly<Record<string, Case>> = {
  categorical: { likelihood: categorical(), targets: (x) => tf.cast(tf.argMax(x, -1), 'int32') },
  bernoulli: { likelihood: bernoulli(), targets: (x) => tf.cast(tf.greater(x, 0), 'float32') },
  gaussian: { likelihood: gaussian({ std: 0.5 }), targets: tf.clone },
  'gaussian, learned noise': { likelihood: gaussian(), noisy: true, targets: tf.clone },
  poisson: { likelihood: poisson(), targets: (x) => tf.round(tf.abs(tf.mul(x, 5))) },
};

const network = () => sequential(linear(2, 3), (x: tf.Tensor) => tf.tanh(x), linear(3, 2));

const noisyNetwork = () =>
  sequential(linear(2, 3), (x: tf.Tensor) => tf.tanh(x), linear(3, 2), learnedNoise(2));

const drawn = fc.record({
  prior: fc.constantFrom(...Object.keys(priors)),
  likelihood: fc.constantFrom(...Object.keys(likelihoods)),
  counts: fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 })
    .filter((all) => all.some((w) => w > 0)),
  weighted: fc.boolean(),
  masked: fc.boolean(),
  seed: fc.integer({ min: 0, max: 100_000 }),
});

/** The log density of a normal, in doubles. */
const logNormal = (x: number, mean: number, std: number): number =>
  -0.5 * ((x - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

describeOnBackends('logJoint', () => {
  it('is the negative ELBO of ordinary weights, whatever priors, likelihoods, weights of rows and masks', () => {
    fc.assert(
      fc.property(drawn, ({ prior: of, likelihood: by, counts, weighted, masked, seed }) => {
        tf.tidy(() => {
          const { likelihood, noisy = false, targets } = likelihoods[by]!;
          const model = bayesian({ posterior: pointMass(), prior: priors[of]! })(
            (noisy ? noisyNetwork : network)() as ReturnType<typeof network>,
          );
          const params = model.init(random.key(seed));
          const rows = counts.length;
          const positions = masked && by !== 'categorical' ? [2] : [];
          const batch = {
            inputs: drawInputs(seed + 1, [rows, ...positions, 2]),
            targets: targets(drawInputs(seed + 2, [rows, ...positions, 2])),
            ...(weighted && { weights: tf.tensor1d(counts) as tf.Tensor }),
            ...(positions.length > 0 && {
              mask: tf.cast(tf.greater(drawInputs(seed + 3, [rows, 2]), -0.5), 'float32'),
            }),
          };
          const datasetSize = weighted ? counts.reduce((a, b) => a + b, 0) : rows;
          const loss = pipe(
            model as never as Parameters<typeof withLogProbs>[0],
            withLogProbs,
            elbo({ likelihood: likelihood as never, datasetSize }),
          );
          const [parts, gradient] = valueAndGrad(
            loss as never as (p: typeof params, ...rest: unknown[]) => { loss: tf.Tensor },
          )(params, key, batch);
          const logDensity = logJoint(model, likelihood as never) as never as (
            p: typeof params,
            b: typeof batch,
          ) => tf.Tensor;
          const [negative, opposite] = valueAndGrad((p: typeof params) => ({
            loss: tf.neg(logDensity(p, batch)),
          }))(params);
          expectClose(negative.loss, parts.loss);
          expectClose(opposite, gradient, 1e-4);
        });
      }),
      { numRuns: runs(30), seed: 3 },
    );
  });

  it('is the sum of log densities, in doubles, with the gradient of central differences', () => {
    const model = bayesian({ prior: normal({ std: 2 }) })(linear(2, 1));
    const weights = { weight: tf.tensor2d([0.4, -1.1], [2, 1]), bias: tf.tensor1d([0.3]) };
    const batch = {
      inputs: tf.tensor2d([1, 2, -0.5, 0.7], [2, 2]),
      targets: tf.tensor2d([0.2, -0.9], [2, 1]),
    };
    const logDensity = logJoint(model, gaussian({ std: 0.5 }));
    const mean = (x: number, y: number) => 0.4 * x - 1.1 * y + 0.3;
    const expected =
      logNormal(0.2, mean(1, 2), 0.5) +
      logNormal(-0.9, mean(-0.5, 0.7), 0.5) +
      [0.4, -1.1, 0.3].reduce((sum, w) => sum + logNormal(w, 0, 2), 0);
    const found = logDensity(weights, batch);
    expect(found.shape).toEqual([]);
    expectNumbers(take(found), [expected]);
    expectGradients((xs) => logDensity(unflatten(weights)(xs), batch), leaves(weights), { tolerance: 3e-3 });
  });

  it('is that of each of many weights under vmap, with its gradient', () => {
    const model = bayesian()(network());
    const batch = {
      inputs: drawInputs(1, [4, 2]),
      targets: drawInputs(2, [4, 2]),
      weights: tf.tensor1d([1, 0, 2, 1]),
    };
    const logDensity = logJoint(model, gaussian({ std: 0.3 }));
    const plain = bayesian({ posterior: pointMass() })(network());
    const sets = [3, 4, 5].map((seed) => map((x) => x)(plain.init(random.key(seed))));
    const stacked = unflatten(sets[0]!)(
      leaves(sets[0]).map((_, at) => tf.stack(sets.map((each) => leaves(each)[at]!))),
    );
    type Weights = (typeof sets)[number];
    const loss = (w: Weights) => ({ loss: logDensity(w, batch) });
    const [parts, gradient] = vmap((w: Weights) => valueAndGrad(loss)(w))(stacked);
    sets.forEach((w, at) => {
      const own = map((x) => tf.squeeze(tf.slice(x, at, 1), [0]));
      const [one, slope] = valueAndGrad(loss)(w);
      expectClose([own(parts), own(gradient)], [one, slope], 1e-4);
    });
  });

  it('runs without dropout, and with the running moments of batchNorm', () => {
    const net = sequential(linear(2, 3), batchNorm(3), dropout(0.9), linear(3, 1));
    const weights = bayesian()(deterministic(net)).init(key);
    const moved = { ...weights, 1: { ...weights[1], runningMean: tf.tensor1d([1, 2, 3]) } };
    const batch = { inputs: drawInputs(1, [4, 2]), targets: drawInputs(2, [4, 1]) };
    const logDensity = logJoint(bayesian({ prior: flat() })(net), gaussian({ std: 1 }));
    const plain = bayesian()(deterministic(sequential(linear(2, 3), linear(3, 1))));
    const scale = 1 / Math.sqrt(1 + 1e-5);
    const folded = map((x) => x)({
      0: {
        weight: { value: tf.mul(weights[0].weight.value, scale) },
        bias: { value: tf.mul(tf.sub(weights[0].bias.value, [1, 2, 3]), scale) },
      },
      1: weights[3],
    });
    const output = plain.apply(folded as never, key, batch.inputs);
    const expected = tf.sum(gaussian({ std: 1 }).logProb(output, batch.targets));
    expectClose(logDensity(moved as never, batch), expected);
  });

  it('takes the posterior of earlier data as prior', () => {
    const model = bayesian()(linear(2, 1, { bias: false }));
    const before = { weight: { mean: tf.tensor2d([[1], [2]]), logStd: tf.fill([2, 1], Math.log(0.5)) } };
    const next = logJoint(posteriorAsPrior(model, before), gaussian({ std: 1 }));
    const batch = { inputs: tf.zeros([1, 2]), targets: tf.zeros([1, 1]) };
    const found = next({ weight: tf.tensor2d([[1.5], [1]]) }, batch);
    expectNumbers(take(found), [logNormal(1.5, 1, 0.5) + logNormal(1, 2, 0.5) + logNormal(0, 0, 1)]);
  });

  it('refuses priors that depend on the posterior, when it is made', () => {
    const dependent = (name: string, logProb: Prior['logProb']) => {
      const own: Prior = prior({ name, logProb, rescale: () => own });
      return bayesian({ prior: own })(linear(2, 1));
    };
    type Spread = { readonly logStd: tf.Tensor };
    const cases = {
      quiet: bayesian({ prior: quiet() })(linear(2, 1)),
      ratio: dependent('ratio', (w, params) => tf.sub(w, (params as Spread).logStd)),
      keys: dependent('keys', (w, params) => tf.mul(w, leaves(params).length)),
    };
    for (const [name, model] of Object.entries(cases))
      expect(() => logJoint(model, gaussian({ std: 1 }))).toThrow(
        `logJoint: prior of 'weight' must be one that does not depend on the posterior's parameters, got '${name}'`,
      );
  });

  it('refuses what is not a model, likelihood, weight or batch, by name', () => {
    const model = bayesian()(linear(2, 1));
    const logDensity = logJoint(model, gaussian({ std: 1 }));
    const weights = { weight: tf.zeros([2, 1]), bias: tf.zeros([1]) };
    const batch = { inputs: tf.zeros([3, 2]), targets: tf.zeros([3, 1]) };
    const calls: readonly (readonly [() => unknown, string])[] = [
      [() => logJoint(linear(2, 1) as never, gaussian({ std: 1 }) as never), 'logJoint: model must be'],
      [() => logJoint(model, normal() as never), 'logJoint: likelihood must be a likelihood'],
      [() => logDensity({ weight: weights.weight } as never, batch), "logJoint: weights, 'bias' must be"],
      [
        () => logDensity({ ...weights, extra: tf.zeros([1]) } as never, batch),
        "logJoint: weights, 'extra' must be",
      ],
      [
        () => logDensity(weights, { inputs: batch.inputs } as never),
        'logJoint: batch must be { inputs, targets }',
      ],
      [() => logDensity(weights, { ...batch, mask: tf.ones([3]) }), 'logJoint: mask must be'],
      [
        () => logDensity(weights, { ...batch, weights: tf.ones([2]) }),
        'logJoint: weights must be a tensor of shape [3]',
      ],
      [
        () => logDensity(weights, { ...batch, mask: tf.ones([3, 2]) }),
        'logJoint: output must be of shape [3, 2, ...]',
      ],
      [() => logDensity(weights, { ...batch, targets: tf.zeros([3]) }), 'gaussian: targets must be'],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
    const perElement = {
      ...gaussian({ std: 1 }),
      name: 'mine',
      logProb: (y: tf.Tensor, t: tf.Tensor) => tf.sub(y, t),
    };
    expect(() => logJoint(model, perElement)(weights, batch)).toThrow(
      "logJoint: result of the mine likelihood's logProb must be of shape [batch]",
    );
  });

  it('leaves no tensors behind', () => {
    const model = bayesian({ prior: normal({ std: tf.scalar(2) }), rescalePrior: true })(linear(2, 1));
    const weights = { weight: tf.zeros([2, 1]), bias: tf.zeros([1]) };
    const batch = { inputs: tf.zeros([3, 2]), targets: tf.zeros([3, 1]), mask: tf.ones([3, 1]) };
    expectNoLeak(() => {
      logJoint(model, gaussian({ std: 1 }));
      return [];
    });
    const logDensity = logJoint(model, gaussian({ std: 1 }));
    expectNoLeak(() => logDensity(weights, batch));
    expect(values(logDensity(weights, batch)).every(Number.isFinite)).toBe(true);
    expectNoLeak(() => valueAndGrad((w: typeof weights) => ({ loss: logDensity(w, batch) }))(weights));
  });
});
