import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedForm } from '../../src/distributions/divergence.ts';
import {
  type FullNormalParams,
  flat,
  fullNormal,
  laplace,
  lowRankNormal,
  normal,
  type Posterior,
  quiet,
} from '../../src/distributions/index.ts';
import { samplerWithLogProb } from '../../src/distributions/posterior.ts';
import { cholesky } from '../../src/ops/cholesky.ts';
import * as random from '../../src/random/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, many, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, values, valuesOfEach } from '../support/numbers.ts';
import {
  type Dense,
  denseDivergence,
  denseFull,
  denseLogProb,
  denseLowRank,
  denseNormal,
  fullParams,
  lowRankParams,
} from './support/correlated.ts';

type Params = Readonly<Record<string, tf.Tensor>>;

interface Family {
  readonly posterior: Posterior;
  readonly params: (shape: readonly number[], seed: number) => Params;
  readonly dense: (params: Params) => Dense;
}

const families: Readonly<Record<string, Family>> = {
  fullNormal: {
    posterior: fullNormal() as Posterior,
    params: (shape, seed) => ({ ...fullParams(shape, seed) }),
    dense: denseFull as unknown as Family['dense'],
  },
  lowRankNormal: {
    posterior: lowRankNormal({ rank: 2 }) as Posterior,
    params: (shape, seed) => ({ ...lowRankParams(shape, 2, seed) }),
    dense: denseLowRank as unknown as Family['dense'],
  },
};

const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
const seeds = fc.integer({ min: 1, max: 1000 });
const entries = Object.entries(families);
const divergence = (q: Posterior, p: Parameters<ReturnType<typeof closedForm>>[2], params: unknown) =>
  closedForm([])('w', q, p)(params);

/** The posterior as a function of a list of its parameters. */
const withTensors = (params: Params, f: (params: Params) => tf.Tensor) => ({
  xs: Object.values(params),
  f: (xs: readonly tf.Tensor[]): tf.Tensor =>
    f(Object.fromEntries(Object.keys(params).map((name, i) => [name, xs[i]!]))),
});

describeOnBackends('posteriors with correlations', () => {
  describe.each(entries)('%s', (_, { posterior, params, dense }) => {
    it('has the log density of a dense normal, whatever the shape of the weight', () => {
      fc.assert(
        fc.property(shapes, seeds, (shape, seed) => {
          tf.tidy(() => {
            const own = params(shape, seed);
            const weight = tf.randomUniform(shape, -2, 2, 'float32', seed + 9);
            const logProb = tf.sum(posterior.logProb(own, weight));
            const expected = denseLogProb(dense(own), values(weight));
            expectNumbers(values(logProb), [expected], 1e-4);
          });
        }),
        { numRuns: runs(20) },
      );
    });

    it('has the moments and the entropy of a dense normal', () => {
      tf.tidy(() => {
        const own = params([3, 2], 5);
        const { mean, covariance } = dense(own);
        const moments = posterior.moments?.(own) ?? expect.unreachable();
        expect(moments.variance.shape).toEqual([3, 2]);
        expectNumbers(values(moments.mean), mean);
        expectNumbers(
          values(moments.variance),
          covariance.map((row, i) => row[i]!),
        );
        const entropy = -denseLogProb({ mean, covariance }, mean) + mean.length / 2;
        expectNumbers(values(posterior.entropy?.(own) ?? expect.unreachable()), [entropy]);
      });
    });

    it('draws with its mean and covariance, the same for the same key', () => {
      tf.tidy(() => {
        const own = params([3, 1], 7);
        const { mean, covariance } = dense(own);
        const keys = random.split(random.key(3), many(10_000));
        const all = values(
          vmap((key: random.Key) => posterior.sample(own, key), { inAxes: [0] })(keys as never),
        );
        const column = (i: number) => all.flatMap((x, at) => (at % 3 === i ? [x - mean[i]!] : []));
        const columns = [0, 1, 2].map(column);
        columns.forEach((a, i) => {
          expectMean(a, 0);
          columns.slice(0, i + 1).forEach((b, j) => {
            expectMean(
              a.map((x, at) => x * b[at]!),
              covariance[i]![j]!,
            );
          });
        });
        const draw = (seed: number) => values(posterior.sample(own, random.key(seed)));
        expect(draw(1)).toEqual(draw(1));
        expect(draw(1)).not.toEqual(draw(2));
      });
    });

    it('has a divergence from normal priors that equals the dense one, and 0 from itself', () => {
      tf.tidy(() => {
        const own = params([2, 2], 11);
        const q = dense(own);
        const cases = [
          { p: normal({ mean: 0.3, std: 0.7 }).prior, dense: denseNormal([0.3, 0.3, 0.3, 0.3], 0.7) },
          { p: normal().prior, dense: denseNormal([0, 0, 0, 0], 1) },
          {
            p: normal({ mean: tf.fill([2, 2], 0.1), std: tf.fill([2, 2], 2) }).prior,
            dense: denseNormal([0.1, 0.1, 0.1, 0.1], 2),
          },
        ];
        for (const { p, dense: prior } of cases)
          expectNumbers(values(divergence(posterior, p, own)), [denseDivergence(q, prior)]);
        const narrow = posterior.fromMoments?.(tf.fill([4], 0.3), tf.fill([4], 0.7)) ?? expect.unreachable();
        expect(values(divergence(posterior, normal({ mean: 0.3, std: 0.7 }).prior, narrow))[0]).toBeCloseTo(
          0,
          3,
        );
      });
    });

    it.each([
      ['normal', normal({ mean: 0.2, std: 0.8 }).prior],
      ['quiet', quiet({ stdRatio: 0.8, meanStd: 0.5 })],
      ['flat', flat()],
    ])('has a divergence from a %s prior that is the mean of log q - log p', (_, p) => {
      tf.tidy(() => {
        const own = params([3], 13);
        const keys = random.split(random.key(4), many(4000));
        const terms = vmap(
          (key: random.Key) => {
            const weight = posterior.sample(own, key);
            return tf.sub(tf.sum(posterior.logProb(own, weight)), tf.sum(p.logProb(weight, own)));
          },
          { inAxes: [0] },
        )(keys as never);
        expectMean(values(terms), values(divergence(posterior, p, own))[0]!);
      });
    });

    it('is differentiable: sample, log density, entropy, moments and divergence', () => {
      tf.tidy(() => {
        const own = params([2, 1], 17);
        const weight = tf.tensor2d([[0.3], [-0.4]]);
        const weigh = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.tensor2d([[1], [2]]));
        const functions: readonly ((given: Params) => tf.Tensor)[] = [
          (given) => weigh(posterior.sample(given, random.key(2))),
          (given) => tf.sum(posterior.logProb(given, weight)),
          (given) => posterior.entropy?.(given) ?? expect.unreachable(),
          (given) => weigh(posterior.moments?.(given).variance ?? expect.unreachable()),
          (given) => divergence(posterior, normal({ std: 0.9 }).prior, given),
        ];
        for (const each of functions) {
          // Not all parameters have a part in each of them.
          const all = (given: Params) => Object.values(given).map((x) => tf.sum(x));
          const { xs, f } = withTensors(own, (given) => tf.addN([tf.sum(each(given)), ...all(given)]));
          expectGradients(f, xs, { tolerance: 4e-3 });
        }
        expectGradients(([w]) => tf.sum(posterior.logProb(own, w!)), [weight], { tolerance: 4e-3 });
      });
    });

    it('has the moments that fromMoments was given, and the start of a normal', () => {
      tf.tidy(() => {
        const own = posterior.fromMoments?.(tf.tensor2d([[0.5, -1]]), tf.tensor2d([[0.1, 3]]));
        const moments = posterior.moments?.(own) ?? expect.unreachable();
        expectNumbers(values(moments.mean), [0.5, -1]);
        expectNumbers(values(moments.variance), [0.01, 9]);
        const mean = tf.tensor2d([[1, 2]]);
        for (const fanIn of [16, null]) {
          const { variance } =
            posterior.moments?.(posterior.init(mean, fanIn, random.key(0))) ?? expect.unreachable();
          const like = normal({ std: 0.1 }).posterior;
          expectNumbers(
            values(variance),
            values(like.moments?.(like.init(mean, fanIn, random.key(0))).variance ?? mean),
            1e-6,
          );
        }
      });
    });

    it('under vmap equals the loop, with parameters of each sample too', () => {
      tf.tidy(() => {
        const each = [1, 20].map((seed) => params([2, 2], seed));
        const names = Object.keys(each[0]!);
        const stacked = names.map((name) => tf.stack(each.map((own) => own[name]!)));
        const keys = random.split(random.key(6), 2);
        const both = (...[key, ...xs]: readonly [random.Key, ...tf.Tensor[]]) => {
          const own = Object.fromEntries(names.map((name, i) => [name, xs[i]!]));
          const weight = posterior.sample(own, key);
          return [weight, tf.sum(posterior.logProb(own, weight))];
        };
        const mapped = vmap(both as never)(
          ...([keys, ...stacked] as unknown as []),
        ) as unknown as tf.Tensor[];
        const looped = keys.map((key, i) => both(key, ...names.map((name) => each[i]![name]!)));
        const [weights, logs] = valuesOfEach(mapped);
        expectNumbers(
          weights!,
          looped.flatMap(([weight]) => values(weight!)),
        );
        expectNumbers(
          logs!,
          looped.flatMap(([, logProb]) => values(logProb!)),
          1e-4,
        );
      });
    });

    it('leaks no tensors', () => {
      const own = params([2, 2], 3);
      expectNoLeak(() => posterior.sample(own, random.key(0)));
      expectNoLeak(() => posterior.logProb(own, own.mean!));
      expectNoLeak(() => posterior.entropy?.(own));
      expectNoLeak(() => divergence(posterior, normal().prior, own));
      expectNoLeak(() => posterior.moments?.(own).variance);
      expectNoLeak(() => posterior.init(tf.zeros([2]), 4, random.key(0)));
      tf.dispose(own as tf.NamedTensorMap);
    });

    it('has no closed form from a laplace prior, and says so', () => {
      expect(() => closedForm([])('0.weight', posterior, laplace())).toThrow(
        `no closed form for posterior '${posterior.name}' and prior 'laplace' of variable '0.weight'`,
      );
    });
  });

  it('without common noise, or below the diagonal nothing, is a normal', () => {
    tf.tidy(() => {
      const [mean, logDiagonal] = [tf.tensor1d([0.2, -0.4, 1]), tf.tensor1d([-1, 0.3, 0])];
      const weight = tf.tensor1d([0.5, 0, 0.7]);
      const one = normal({ eps: 0 }).posterior;
      const given = { mean, logStd: logDiagonal };
      const pairs = [
        [fullNormal() as Posterior, { mean, logDiagonal, lower: tf.zeros([3, 3]) }],
        [lowRankNormal({ rank: 2 }) as Posterior, { mean, logDiagonal, factor: tf.zeros([3, 2]) }],
      ] as const;
      for (const [posterior, params] of pairs) {
        const all = (q: Posterior, own: unknown) =>
          valuesOfEach([
            tf.sum(q.logProb(own, weight)),
            q.entropy?.(own) ?? expect.unreachable(),
            q.moments?.(own).variance ?? expect.unreachable(),
            divergence(q, normal({ std: 0.6 }).prior, own),
          ]).flat();
        expectNumbers(all(posterior, params), all(one as Posterior, given));
      }
    });
  });

  it('of full rank can be any normal', () => {
    tf.tidy(() => {
      // A diagonal, and the factor of what it leaves of the covariance.
      const lower = tf.tensor2d([0, 0, 0, 0.5, 0, 0, -0.7, 0.4, 0], [3, 3]);
      const full: FullNormalParams = { mean: tf.tensor1d([1, 0, -1]), logDiagonal: tf.zeros([3]), lower };
      const own = 0.3;
      const factor = tf.add(lower, tf.eye(3));
      const covariance = tf.matMul(factor, factor, false, true);
      const rest = tf.div(tf.sub(covariance, tf.mul(own ** 2, tf.eye(3))), own ** 2);
      const lowRank = {
        mean: full.mean,
        logDiagonal: tf.fill([3], Math.log(own)),
        factor: cholesky(rest),
      };
      const weight = tf.tensor1d([0.3, 0.8, -2]);
      const [a, b] = valuesOfEach([
        tf.sum(fullNormal().logProb(full, weight)),
        lowRankNormal({ rank: 3 }).logProb(lowRank, weight),
      ]);
      expectNumbers(a!, b!, 1e-4);
    });
  });

  it('keeps the digits of a density that is nearly singular', () => {
    tf.tidy(() => {
      const own = {
        mean: tf.zeros([3]),
        logDiagonal: tf.fill([3], Math.log(1e-3)),
        factor: tf.fill([3, 1], 300),
      };
      const weight = tf.tensor1d([0.3, 0.301, 0.2995]);
      const expected = denseLogProb(denseLowRank(own), values(weight));
      expectNumbers([values(lowRankNormal({ rank: 1 }).logProb(own, weight))[0]! / expected], [1], 1e-3);
    });
  });

  it('draws a full normal with its log densities at once, and with their gradients', () => {
    tf.tidy(() => {
      const { posterior } = families.fullNormal!;
      const own = fullParams([3], 23);
      for (const p of [normal({ mean: 0.2, std: 0.7 }).prior, flat()]) {
        const fused = samplerWithLogProb(posterior, p) ?? expect.unreachable();
        const key = random.key(8);
        const at = (given: Params) => {
          const weight = posterior.sample(given, key);
          return [
            weight,
            tf.sum(posterior.logProb(given, weight)),
            tf.sum(p.logProb(weight, given)),
          ] as const;
        };
        const together = (given: Params) => {
          const { weight, posterior: q, prior } = fused(given, key) ?? expect.unreachable();
          return [weight, q, prior] as const;
        };
        const results = [at, together].map((f) => {
          const { xs, f: total } = withTensors({ ...own }, (given) => {
            const [weight, q, prior] = f(given);
            return tf.add(tf.sum(tf.square(weight)), tf.sub(q, tf.mul(2, prior)));
          });
          return valuesOfEach([...f({ ...own }), ...tf.grads((...ys) => total(ys))(xs)]).flat();
        });
        expectNumbers(results[1]!, results[0]!, 1e-4);
      }
    });
  });

  it('has a closed form between two full normals', () => {
    tf.tidy(() => {
      const [own, before] = [fullParams([2, 2], 31), fullParams([2, 2], 41)];
      const q = families.fullNormal!.posterior;
      const prior = { ...normal().prior, name: 'fullNormal', settings: { ...before } };
      expectNumbers(
        values(divergence(q, prior, own)),
        [denseDivergence(denseFull(own), denseFull(before))],
        1e-4,
      );
      expect(values(divergence(q, { ...prior, settings: { ...own } }, own))[0]).toBeCloseTo(0, 4);
    });
  });
});

describe('posteriors with correlations', () => {
  it('have as many factors as elements at most', () => {
    const { factor } = lowRankNormal({ rank: 5 }).init(tf.zeros([3]), null, random.key(0));
    expect(factor.shape).toEqual([3, 3]);
  });

  it.each([
    [() => fullNormal({ std: 0 }), 'fullNormal: std must be a finite number above 0, got 0'],
    [() => lowRankNormal({ rank: 0 }), 'lowRankNormal: rank must be a positive integer, got 0'],
    [() => lowRankNormal({} as never), 'lowRankNormal: rank must be a positive integer, got undefined'],
    [() => lowRankNormal({ rank: 1, std: -1 }), 'lowRankNormal: std must be a finite number above 0, got -1'],
    [
      () => fullNormal().init(tf.zeros([2001]), 1, random.key(0)),
      'fullNormal: weight must be a tensor of at most 2000 elements, got 2001; use lowRankNormal({ rank: 10 })',
    ],
  ])('refuse misuse: %s', (f, message) => {
    expect(() => tf.tidy(() => void f())).toThrow(message);
  });

  it('refuse parameters whose shapes do not fit, by name', () => {
    tf.tidy(() => {
      const mean = tf.zeros([2]);
      const key = random.key(0);
      expect(() =>
        fullNormal().sample({ mean, logDiagonal: tf.scalar(0), lower: tf.zeros([2, 2]) }, key),
      ).toThrow("fullNormal: logDiagonal of the parameters must be of the mean's shape [2]");
      expect(() => fullNormal().logProb({ mean, logDiagonal: mean, lower: tf.zeros([2]) }, mean)).toThrow(
        'fullNormal: lower of the parameters must be of shape [2, 2], for a weight of 2 elements',
      );
      const lowRank = lowRankNormal({ rank: 1 });
      expect(() => lowRank.sample({ mean, logDiagonal: mean, factor: tf.zeros([1, 2]) }, key)).toThrow(
        'lowRankNormal: factor of the parameters must be of shape [2, rank], for a weight of 2 elements',
      );
      expect(() => lowRank.entropy?.({ mean, logDiagonal: tf.zeros([1]), factor: tf.zeros([2, 1]) })).toThrow(
        "lowRankNormal: logDiagonal of the parameters must be of the mean's shape [2]",
      );
    });
  });
});
