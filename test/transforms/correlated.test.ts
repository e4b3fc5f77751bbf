import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import {
  bayesian,
  checkpoint,
  flipout,
  fromWeights,
  fullNormal,
  linear,
  localReparametrization,
  lowRankNormal,
  type Model,
  normal,
  type Posterior,
  pipe,
  posterior,
  posteriorAsPrior,
  posteriorMean,
  random,
  sequential,
  tree,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values, valuesOfEach } from '../support/numbers.ts';
import { drawInputs } from './support/nets.ts';

type Net = Model<unknown, (x: tf.Tensor) => tf.Tensor>;

const families: Readonly<Record<string, Posterior>> = {
  fullNormal: fullNormal() as Posterior,
  lowRankNormal: lowRankNormal({ rank: 2 }) as Posterior,
};
const entries = Object.entries(families);

const makeModel = (own: Posterior): Net =>
  bayesian({ posterior: own })(sequential(linear(3, 2), linear(2, 1))) as unknown as Net;

/** Parameters away from the start. */
const drawParams = (model: Net): unknown =>
  tree.tidied(() =>
    tree.map((x, path) => tf.add(x, tf.mul(0.4, random.normal(random.key(path.join().length), x.shape))))(
      model.init(random.key(0)),
    ),
  );

describeOnBackends('a model with correlated posteriors', () => {
  describe.each(entries)('%s', (name, own) => {
    it('is refused by localReparametrization and flipout, by name and with advice', () => {
      tf.tidy(() => {
        const model = makeModel(own);
        const params = model.init(random.key(0));
        const run = (of: Net) => () => of.apply(params, random.key(1), tf.ones([2, 3]));
        expect(run(localReparametrization(model))).toThrow(
          `localReparametrization: posterior of '0.weight' must be one whose elements are independent (independent: true), got '${name}'; use the model without that estimator`,
        );
        expect(run(flipout(model))).toThrow(
          `flipout: posterior of '0.weight' must be one with moments whose elements are independent and symmetric about their means (symmetric: true), got '${name}'; use the model without that estimator`,
        );
      });
    });

    it('runs on its means with posteriorMean', () => {
      tf.tidy(() => {
        const model = makeModel(own);
        const params = drawParams(model);
        const x = drawInputs(1, [4, 3]);
        const plain = bayesian({ posterior: normal() })(model.layer) as unknown as Net;
        const read = (...path: readonly string[]) => {
          const { mean } = tree.at(path)(params) as { readonly mean: tf.Tensor };
          return { mean, logStd: tf.zerosLike(mean) };
        };
        const layer = (at: string) => ({ weight: read(at, 'weight'), bias: read(at, 'bias') });
        const like = { 0: layer('0'), 1: layer('1') };
        const [a, b] = valuesOfEach([
          posteriorMean(model).apply(params, random.key(0), x),
          posteriorMean(plain).apply(like, random.key(0), x),
        ]);
        expectNumbers(a!, b!);
      });
    });

    it('has under vmapSamples the log densities of the loop, with their gradients', () => {
      tf.tidy(() => {
        const model = makeModel(own);
        const params = drawParams(model);
        const x = drawInputs(1, [4, 3]);
        const key = random.key(1);
        const all = vmapSamples({ samples: 3 })(withLogProbs(model));
        const total = ({
          output,
          logProbs,
        }: {
          readonly output: tf.Tensor;
          readonly logProbs: { readonly posterior: tf.Tensor; readonly prior: tf.Tensor };
        }) => tf.add(tf.sum(tf.square(output)), tf.sum(tf.sub(logProbs.posterior, logProbs.prior)));
        const mapped = valueAndGrad((p: unknown) => ({ loss: total(all(p, key, x)) }))(params);
        const looped = valueAndGrad((p: unknown) => ({
          loss: [0, 1, 2]
            .map((s) => total(withLogProbs(model)(p, random.foldIn(key, s), x)))
            .reduce((a, b) => tf.add(a, b)),
        }))(params);
        const [a, b] = [mapped, looped].map(([parts, gradient]) =>
          valuesOfEach([parts.loss, ...leaves(gradient)]).flat(),
        );
        expectNumbers(a!, b!, 1e-4);
      });
    });

    it('has a divergence in closed form, and leaks nothing', () => {
      const model = makeModel(own);
      const params = drawParams(model);
      const x = tf.ones([2, 3]);
      const { divergence, output } = withDivergence(model)(params, random.key(0), x);
      expect(values(divergence)[0]).toBeGreaterThan(0);
      tf.dispose([divergence, output]);
      expectNoLeak(() => model.init(random.key(0)));
      expectNoLeak(() => model.apply(params, random.key(1), x));
      expectNoLeak(() => withLogProbs(model)(params, random.key(1), x));
      expectNoLeak(() => withDivergence(model)(params, random.key(1), x));
      expectNoLeak(() =>
        valueAndGrad((p: unknown) => ({
          loss: tf.sum(withDivergence(model)(p, random.key(1), x).divergence),
        }))(params),
      );
      tf.dispose([x, ...leaves(params)]);
    });

    it('starts at the weights of a trained network', () => {
      tf.tidy(() => {
        const model = bayesian({ posterior: own })(linear(2, 1, { bias: false }));
        const weight = tf.tensor2d([[0.5], [-2]]) as tf.Tensor;
        const started = fromWeights(model)({ weight } as never, { std: 0.3 }).init(random.key(0));
        const { mean, variance } = own.moments?.(started.weight) ?? expect.unreachable();
        expectNumbers(values(mean), [0.5, -2]);
        expectNumbers(values(variance), [0.09, 0.09]);
      });
    });

    it('becomes a prior by its density', () => {
      tf.tidy(() => {
        const model = makeModel(own);
        const params = drawParams(model);
        const next = posteriorAsPrior(model, params);
        const { logProbs } = withLogProbs(next)(params, random.key(3), tf.ones([2, 3]));
        const [q, p] = valuesOfEach([logProbs.posterior, logProbs.prior]);
        expectNumbers(q!, p!, 1e-4);
        if (name === 'fullNormal') {
          const { divergence } = withDivergence(next)(params, random.key(3), tf.ones([2, 3]));
          expect(values(divergence)[0]).toBeCloseTo(0, 4);
        } else
          expect(() => withDivergence(next)).toThrow(
            "no closed form for posterior 'lowRankNormal' and prior 'lowRankNormal' of variable '0.weight'",
          );
      });
    });

    it('has no place in a state dictionary of torch_blue', () => {
      expect(() => checkpoint.toTorchBlue(makeModel(own))).toThrow(
        `checkpoint.toTorchBlue: posterior of '0.weight' must be one of torch_blue, whose elements are independent, got '${name}'`,
      );
    });

    it('is saved and loaded', async () => {
      const model = makeModel(own);
      const params = drawParams(model);
      const bytes = E.getOrElseW((error) => expect.unreachable(JSON.stringify(error)))(
        await checkpoint.toBytes(model)(params)(),
      );
      const back = E.getOrElseW((error) => expect.unreachable(JSON.stringify(error)))(
        await checkpoint.load(model)(bytes)(),
      );
      const [a, b] = [back, params].map((all) => valuesOfEach(leaves(all)).flat());
      expect(a).toEqual(b);
      tf.dispose([...leaves(params), ...leaves(back)]);
    });
  });
});

describe('posteriors of the user', () => {
  const own = (independent?: boolean) =>
    posterior({
      name: 'own',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }, key) => tf.add(mean, random.normal(key, mean.shape)),
      logProb: (_, weight) => tf.zerosLike(weight),
      moments: ({ mean }) => ({ mean, variance: tf.onesLike(mean) }),
      ...(independent !== undefined && { independent }),
    });

  it.each([undefined, false, true])('count as independent only if they say so: %s', (independent) => {
    tf.tidy(() => {
      const model = bayesian({ posterior: own(independent) })(linear(2, 1));
      const run = () =>
        localReparametrization(model).apply(model.init(random.key(0)), random.key(1), tf.ones([3, 2])).shape;
      if (independent) expect(run()).toEqual([3, 1]);
      else expect(run).toThrow("posterior of 'weight' must be one whose elements are independent");
    });
  });
});

describe('fullNormal', () => {
  it('is refused for a variable of more than 2,000 elements when the model is made, by name', () => {
    const make = (inputs: number) => () =>
      pipe(sequential(linear(3, inputs), linear(inputs, 10)), bayesian({ posterior: fullNormal() }));
    expect(make(201)).toThrow(
      "bayesian: fullNormal posterior of '1.weight': weight must be a tensor of at most 2000 elements, got 2010; " +
        'use lowRankNormal({ rank: 10 })',
    );
    expect(make(200)).not.toThrow();
  });
});
