import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affine,
  bayesian,
  deterministic,
  divergence,
  flat,
  flipout,
  gaussian,
  type Layer,
  linear,
  localReparametrization,
  type Model,
  normal,
  type Posterior,
  type Prior,
  pointMass,
  posterior,
  prior,
  random,
  sequential,
  studentT,
  variable,
  vmap,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Net = Model<unknown, Unary>;
type Options = NonNullable<Parameters<typeof variable>[1]>;

/** A linear layer of three inputs and two outputs, with what is said of its weight and of its bias alone. */
const linearWith = (weight: Options, bias: Options): Layer<unknown, Unary> =>
  affine(
    { weight: variable([3, 2], weight), bias: variable([2], bias) },
    (w) =>
      (x: tf.Tensor): tf.Tensor =>
        tf.add(tf.matMul(x as tf.Tensor2D, w.weight as tf.Tensor2D), w.bias),
    { featureRank: 1 },
  ) as unknown as Layer<unknown, Unary>;

/** The weights: N(1, 1), with biases N(0, 1). */
const params = () => ({
  weight: { mean: tf.ones([3, 2]), logStd: tf.zeros([3, 2]) },
  bias: { mean: tf.zeros([2]), logStd: tf.zeros([2]) },
});

const divergenceValue = (layer: Layer<unknown, Unary>): number =>
  values(
    withDivergence(bayesian()(layer) as unknown as Net)(params(), random.key(0), tf.ones([1, 3])).divergence,
  )[0]!;

const refusal = (what: string, shape: string, got: string): string =>
  `bayesian: ${what} must be a number, a scalar or a tensor of the weight's shape ${shape} (a layer's options ` +
  `apply to all of its variables), got a float32 tensor of shape ${got}`;

describeOnBackends('a tensor among the settings of a distribution', () => {
  it('is rejected for a bias that it does not fit, and accepted for the weight alone', () => {
    const centred = normal({ mean: tf.ones([3, 2]) });
    const message = refusal("mean of the normal prior of 'bias'", '[2]', '[3, 2]');
    expect(() => bayesian()(linear(3, 2, { prior: centred }))).toThrow(message);
    expect(() => bayesian({ prior: centred })(linear(3, 2))).toThrow(message);
    expect(divergenceValue(linearWith({ prior: centred }, {}))).toBeCloseTo(0, 6);
    expect(divergenceValue(linear(3, 2, { prior: normal({ mean: 1 }) }))).toBeCloseTo(1, 6);
    expect(divergenceValue(linear(3, 2, { prior: normal({ mean: tf.scalar(1) }) }))).toBeCloseTo(1, 6);
  });

  it('counts every weight once in the log probability, when set for the weight alone', () => {
    const net = linearWith({ prior: normal({ mean: tf.ones([3, 2]), std: tf.fill([3, 2], 2) }) }, {});
    const model = bayesian({ posterior: pointMass() })(net) as unknown as Net;
    const own = { weight: { value: tf.fill([3, 2], 2) }, bias: { value: tf.ones([2]) } };
    const { logProbs } = withLogProbs(model)(own, random.key(0), tf.ones([1, 3]));
    const density = (z: number, std: number) => -0.5 * z * z - Math.log(std) - 0.5 * Math.log(2 * Math.PI);
    expectNumbers(values(logProbs.prior), [6 * density(0.5, 2) + 2 * density(1, 1)]);
  });

  it('is rejected at every level of options', () => {
    const t = tf.ones([3, 2]);
    const { prior: standard, posterior: narrow } = normal();
    const own = (settings: Partial<Prior>): Prior => ({ ...standard, name: 'own', ...settings });
    const priors: readonly (readonly [Prior, string])[] = [
      [normal({ mean: t }).prior, 'mean of the normal prior'],
      [normal({ std: t }).prior, 'std of the normal prior'],
      [own({ settings: { scale: t } }), 'scale of the own prior'],
      [own({ settings: {}, moments: { mean: 0, std: t } }), 'std of the own prior'],
      [own({ settings: { degreesOfFreedom: t } }), 'degreesOfFreedom of the own prior'],
    ];
    const posteriors: readonly (readonly [Posterior, string])[] = [
      [normal({ std: t }).posterior as Posterior, 'std of the normal posterior'],
      [
        { ...(narrow as Posterior), settings: { degreesOfFreedom: t } },
        'degreesOfFreedom of the normal posterior',
      ],
      [{ ...(narrow as Posterior), initialSettings: { scale: t } }, 'scale of the normal posterior'],
    ];
    for (const [each, what] of priors) {
      for (const options of [
        { prior: each },
        { prior: each, rescalePrior: true },
        { prior: each, priorInitialization: true },
      ]) {
        const own: Prior = { ...each, rescale: () => each };
        expect(() => bayesian({ ...options, prior: own })(sequential(linear(3, 2)))).toThrow(
          refusal(`${what} of '0.bias'`, '[2]', '[3, 2]'),
        );
        bayesian({ ...options, prior: own })(linear(3, 2, { bias: false }));
      }
    }
    for (const [each, what] of posteriors) {
      expect(() => bayesian({ posterior: each })(sequential(linear(3, 2)))).toThrow(
        refusal(`${what} of '0.bias'`, '[2]', '[3, 2]'),
      );
      bayesian({ posterior: each })(linear(3, 2, { bias: false }));
    }
  });

  it('is still checked when a prior is rescaled', () => {
    const rescaling = (mean: number | tf.Tensor): Prior => ({
      ...normal({ mean }).prior,
      rescale: () => normal({ mean: tf.ones([2]) }).prior,
    });
    expect(() => bayesian({ prior: rescaling(0), rescalePrior: true })(linear(3, 2))).toThrow(
      refusal("mean of the normal prior of 'weight'", '[3, 2]', '[2]'),
    );
    bayesian({ prior: rescaling(0) })(linear(3, 2));
    const centred = normal({ mean: tf.ones([3, 2]), std: tf.fill([3, 2], 0.5) });
    const model = bayesian()(linearWith({ prior: centred, rescalePrior: true }, {})) as unknown as Net;
    const factor = 1 / 3;
    const std = 0.5 * (factor + 1e-5);
    const kl = (m: number, s: number) => Math.log(s) + (1 + m * m) / (2 * s * s) - 0.5;
    expectNumbers(values(withDivergence(model)(params(), random.key(0), tf.ones([1, 3])).divergence), [
      6 * kl(1 - factor, std),
    ]);
  });

  it('is a scalar, or of exactly the shape of the weight (property)', () => {
    const size = fc.integer({ min: 1, max: 3 });
    const shapes = fc.array(size, { maxLength: 3 });
    fc.assert(
      fc.property(
        shapes,
        shapes,
        fc.constantFrom('mean', 'std'),
        fc.boolean(),
        (shape, given, name, ofPosterior) => {
          const distribution = normal({ [name]: tf.ones(given) });
          const options =
            ofPosterior && name === 'std'
              ? { posterior: distribution.posterior }
              : { prior: distribution.prior };
          const net = affine(
            { w: variable(shape, options as Options) },
            ({ w }) =>
              (x: tf.Tensor) =>
                tf.mul(x, w),
            {
              featureRank: 1,
            },
          );
          const fits = given.length === 0 || JSON.stringify(given) === JSON.stringify(shape);
          const make = () => bayesian()(net);
          if (fits) make();
          else expect(make).toThrow(`of the weight's shape [${shape.join(', ')}]`);
          tf.dispose([
            distribution.prior.moments?.mean as tf.Tensor,
            distribution.prior.moments?.std as tf.Tensor,
          ]);
        },
      ),
    );
  });

  it('starts a posterior with a tensor setting in the shape of the weight', () => {
    const std = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const model = bayesian()(
      linearWith(
        { posterior: normal({ std }), kaimingInitialization: false },
        { posterior: normal({ std: tf.scalar(2) }) },
      ),
    );
    const start = model.init(random.key(0)) as unknown as ReturnType<typeof params>;
    expectNumbers(values(tf.exp(start.weight.logStd)), [1, 2, 3, 4, 5, 6]);
    expect(start.bias.logStd.shape).toEqual([2]);
  });

  it('may differ between the members of a vmap', () => {
    const means = tf.tensor3d([[[1, 1]], [[0, 2]]]);
    const each = vmap((mean: tf.Tensor) => {
      const model = bayesian()(linear(1, 2, { bias: false, prior: normal({ mean }) })) as unknown as Net;
      const own = { weight: { mean: tf.ones([1, 2]), logStd: tf.zeros([1, 2]) } };
      return withDivergence(model)(own, random.key(0), tf.ones([1, 1])).divergence;
    })(means);
    expectNumbers(values(each), [0, 1]);
    expect(() =>
      vmap((mean: tf.Tensor) => {
        bayesian()(linear(1, 2, { prior: normal({ mean }) }));
        return mean;
      })(means),
    ).toThrow("mean of the normal prior of 'bias'");
  });

  it('leaks nothing when it is checked', () => {
    const mean = tf.ones([3, 2]);
    const net = linearWith({ prior: normal({ mean }), rescalePrior: true }, {});
    expectNoLeak(() => {
      bayesian()(net);
      return [];
    });
  });

  it('of ordinary weights does not matter', () => {
    bayesian({ prior: normal({ mean: tf.ones([3, 2]) }) })(deterministic(linear(3, 2)));
  });
});

describeOnBackends('a custom distribution that does not fit', () => {
  const x = () => tf.ones([1, 3]);
  const narrow = normal().posterior;

  it('is refused for a log density of another shape, drawn or as a point mass', () => {
    const centre = tf.ones([3, 2]);
    const own: Prior = prior({
      name: 'own',
      logProb: (weight) => tf.neg(tf.square(tf.sub(weight, centre))),
      rescale: () => own,
    });
    const message =
      "logProb of the own prior of 'bias' must be summed, or of the weight's shape [2], got a float32 tensor of shape [3, 2]";
    const model = bayesian({ prior: own })(linear(3, 2));
    expect(() => withLogProbs(model)(params() as never, random.key(1), x())).toThrow(message);
    const point = bayesian({ prior: own, posterior: pointMass() })(linear(3, 2));
    expect(() => withDivergence(point)(point.init(random.key(0)), random.key(1), x())).toThrow(message);
    const drawn: Posterior<ReturnType<typeof params>['bias']> = {
      ...narrow,
      name: 'own',
      logProb: (p, weight) => tf.sub(narrow.logProb(p, weight), centre),
    };
    const other = bayesian({ posterior: drawn })(linear(3, 2));
    expect(() => withLogProbs(other)(other.init(random.key(0)), random.key(1), x())).toThrow(
      "logProb of the own posterior of 'bias'",
    );
  });

  it('is refused for moments of another shape', () => {
    const own = posterior({
      name: 'own',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }, key) => tf.add(mean, random.normal(key, mean.shape)),
      logProb: (_, weight) => tf.zerosLike(weight),
      entropy: () => tf.scalar(0),
      symmetric: true,
      moments: ({ mean }) => ({ mean: tf.sum(mean), variance: tf.onesLike(mean) }),
    });
    const model = bayesian({ posterior: own })(linear(3, 2));
    const start = model.init(random.key(0));
    const message = "mean of the own posterior of 'weight' must be a tensor of the weight's shape [3, 2]";
    for (const estimator of [localReparametrization, flipout]) {
      expect(() => estimator(model).apply(start, random.key(1), x())).toThrow(message);
    }
    expect(() => withDivergence(model)(start, random.key(1), x())).toThrow(message);
  });

  it('is refused for a divergence that is not summed', () => {
    const row = divergence('normal', 'normal', ({ logStd }: { readonly logStd: tf.Tensor }) =>
      tf.neg(logStd),
    );
    const diverging = withDivergence({ divergences: [row] })(bayesian()(linear(3, 2)));
    expect(() => diverging(params() as never, random.key(0), x())).toThrow(
      "withDivergence: the divergence of 'weight' (posterior 'normal', prior 'normal') must be a scalar, summed over",
    );
  });

  it('is refused for moments drawn at the start in another shape', () => {
    const own: Prior = {
      ...flat(),
      name: 'own',
      drawMoments: () => ({ mean: tf.zeros([3, 2]), std: tf.ones([3, 2]) }),
    };
    const model = bayesian({ prior: own, priorInitialization: true })(linear(3, 2));
    expect(() => model.init(random.key(0))).toThrow(
      "mean in the priorInitialization of 'bias' must be of the weight's shape [2], got a float32 tensor of shape [3, 2]",
    );
  });

  it('is rejected for parameters of one number if a divergence counts them all', () => {
    const model = bayesian({ prior: flat() })(linear(3, 2)) as unknown as Net;
    const one = { ...params(), weight: { mean: tf.ones([3, 2]), logStd: tf.scalar(0) } };
    for (const each of [model, bayesian()(linear(3, 2)) as unknown as Net]) {
      expect(() => withDivergence(each)(one, random.key(0), x())).toThrow(
        "normal: logStd of the parameters must be of the mean's shape [3, 2], got a float32 tensor of shape []",
      );
    }
    const heavy = bayesian({ prior: flat(), posterior: studentT() })(
      linear(3, 2, { bias: false }),
    ) as unknown as Net;
    const wide = { weight: { mean: tf.ones([3, 2]), logScale: tf.scalar(0) } };
    expect(() => withDivergence(heavy)(wide, random.key(0), x())).toThrow(
      'studentT: logScale of the parameters',
    );
  });
});

describe('numbers alone', () => {
  it('are accepted by distributions without tensor settings', () => {
    const t = tf.ones([3, 2]) as never;
    expect(() => studentT({ degreesOfFreedom: t })).toThrow(
      'studentT: degreesOfFreedom must be a finite number above 0',
    );
    expect(() => studentT({ scale: t })).toThrow('studentT: scale');
    expect(() => studentT({ mean: t })).toThrow('studentT: mean');
    expect(() => variable([2], { initialMean: t } as never)).toThrow('variable: initialMean');
  });
});

describeOnBackends('gaussian() with noise of another shape than the mean', () => {
  it('is refused', () => {
    const mean = tf.zeros([4, 1]);
    for (const shape of [[4], [1], [], [4, 4]]) {
      const output = { mean, logStd: tf.zeros(shape) };
      expect(() => gaussian().logProb(output, tf.zeros([4, 1]))).toThrow(
        `gaussian: logStd of the output must be of its mean's shape [4, 1], got a float32 tensor of shape [${shape.join(', ')}]`,
      );
    }
  });
});
