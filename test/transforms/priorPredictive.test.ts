import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  batchNorm,
  bayesian,
  dropout,
  flat,
  linear,
  normal,
  type Prior,
  posteriorAsPrior,
  prior,
  priorPredictive,
  quiet,
  random,
  sequential,
  studentT,
} from '../../src/index.ts';
import { keyAt } from '../../src/transforms/forward.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, take, values } from '../support/numbers.ts';
import { expectClose, expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';
import { splitColumns } from './support/splitColumns.ts';

const key = random.key(0);

describeOnBackends('priorPredictive', () => {
  it('runs the network on weights of the priors, each sample by its own key', () => {
    const own = { weight: normal({ mean: 1, std: 2 }).prior, bias: studentT().prior };
    const model = bayesian()(linear(2, 3, { weight: { prior: own.weight }, bias: { prior: own.bias } }));
    const x = drawInputs(1, [4, 2]) as tf.Tensor2D;
    const outputs = priorPredictive(model, { samples: 5 })(key, x);
    expect(outputs.shape).toEqual([5, 4, 3]);
    for (const s of [0, 4]) {
      const each = random.foldIn(key, s);
      const weight = own.weight.sample!([2, 3], keyAt(['weight'])(each)) as tf.Tensor2D;
      const bias = own.bias.sample!([3], keyAt(['bias'])(each));
      expectClose(tf.squeeze(tf.slice(outputs, s, 1), [0]), tf.add(tf.matMul(x, weight), bias));
    }
  });

  it('has the variance of a linear function of normal weights, rescaled or not', () => {
    const x = tf.tensor2d([[1, 2]]);
    for (const rescalePrior of [false, true]) {
      const model = bayesian({ prior: normal({ std: 3 }), rescalePrior })(linear(2, 1));
      const column = splitColumns(priorPredictive(model, { samples: many(4000) })(key, x))[0]!;
      const std = rescalePrior ? 3 / Math.sqrt(6) : 3;
      expectMean(column, 0);
      expectMean(
        column.map((y) => y * y),
        // Of both weights and the bias.
        std ** 2 * (1 + 4 + 1),
      );
    }
  });

  it('takes no part of the posterior, and is the same in groups', () => {
    const nets = [0.1, 5].map((std) =>
      bayesian({ posterior: normal({ std }), prior: normal() })(
        sequential(linear(2, 3), (y: tf.Tensor) => tf.tanh(y), linear(3, 1)),
      ),
    );
    const x = drawInputs(1, [4, 2]);
    const [one, other] = nets.map((model) => priorPredictive(model, { samples: 6 })(key, x));
    expectSame(one, other);
    expectClose(priorPredictive(nets[0]!, { samples: 6, chunk: 4 })(key, x), one);
    expect(priorPredictive(nets[0]!)(key, x).shape).toEqual([100, 4, 1]);
  });

  it('has dropout on, and the initial values of statistics', () => {
    const model = bayesian()(sequential(batchNorm(3, { affine: false }), dropout(0.5)));
    const outputs = values(priorPredictive(model, { samples: 50 })(key, tf.ones([1, 3])));
    const kept = 2 / Math.sqrt(1 + 1e-5);
    expect(outputs.every((y) => y === 0 || Math.abs(y - kept) < 1e-4)).toBe(true);
    expect(outputs.includes(0)).toBe(true);
    expect(outputs.some((y) => y > 1)).toBe(true);
  });

  it('takes the posterior of earlier data as prior', () => {
    const model = bayesian()(linear(2, 1, { bias: false }));
    const params = { weight: { mean: tf.tensor2d([[3], [-1]]), logStd: tf.fill([2, 1], -7) } };
    const outputs = priorPredictive(posteriorAsPrior(model, params), { samples: 3 })(key, tf.ones([1, 2]));
    for (const y of take(outputs)) expect(Math.abs(y - 2)).toBeLessThan(0.02);
  });

  it('refuses priors without a sample when it is made, and other misuse', () => {
    for (const own of [flat(), quiet()])
      expect(() => priorPredictive(bayesian({ prior: own })(sequential(linear(2, 1))))).toThrow(
        `priorPredictive: prior of '0.weight' must be one with a sample, got '${own.name}'`,
      );
    const short: Prior = prior({
      name: 'short',
      logProb: (w) => w,
      rescale: () => short,
      sample: () => tf.zeros([1]),
    });
    expect(() => priorPredictive(bayesian({ prior: short })(linear(2, 1)))(key, tf.ones([1, 2]))).toThrow(
      "priorPredictive: sample of the short prior of 'weight' must be a tensor of the weight's shape [2, 1]",
    );
    const model = bayesian()(linear(2, 1));
    expect(() => priorPredictive(linear(2, 1) as never)).toThrow('priorPredictive: model must be');
    expect(() => priorPredictive(model, { samples: 0 })).toThrow('priorPredictive: samples must be');
    expect(() => priorPredictive(model, { chunk: 0.5 })).toThrow('priorPredictive: chunk must be');
    expect(() => priorPredictive(model)(1 as never, tf.ones([1, 2]))).toThrow('priorPredictive: key must be');
  });

  it('leaves no tensors behind', () => {
    const model = bayesian({ prior: normal({ std: tf.scalar(2) }), rescalePrior: true })(linear(2, 1));
    const x = drawInputs(1, [4, 2]);
    expectNoLeak(() => {
      priorPredictive(model);
      return [];
    });
    const sample = priorPredictive(model, { samples: 3 });
    expectNoLeak(() => sample(key, x));
  });
});
