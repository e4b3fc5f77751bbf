import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ard,
  bayesian,
  flat,
  laplace,
  normal,
  posteriorAsPrior,
  prune,
  quiet,
  tree,
  valueAndGrad,
  vmap,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { average, expectNumbers, sampleVariance, take, values, valuesOfEach } from '../support/numbers.ts';

import { key, logNormal, normalParams, prunedInDoubles, readEach, shown } from './support/pruning.ts';

describeOnBackends('the terms of a pruned model', () => {
  const counted: { tensors: number } = { tensors: 0 };
  beforeEach(() => {
    counted.tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(counted.tensors);
  });

  it("counts the divergence of kept elements, and the prior's term of pruned ones", async () => {
    const params = { weight: normalParams(10, [3, 4]) };
    const model = bayesian({ prior: normal({ mean: 0.3, std: 0.7 }) })(shown());
    const done = await prune(model, params, { signalToNoise: 1 });
    const isPruned = prunedInDoubles(params.weight, 1);
    const [means, logs] = valuesOfEach([params.weight.mean, params.weight.logStd]);
    const each = means!.map((m, i) => {
      const s = Math.exp(logs![i]!);
      return isPruned[i]
        ? -logNormal(0, 0.3, 0.7)
        : Math.log(0.7 / s) + (s ** 2 + (m - 0.3) ** 2) / (2 * 0.49) - 0.5;
    });
    const x = tf.zeros([1]);
    const divergence = (of: typeof model) => (own: typeof params) => ({
      loss: withDivergence(of)(own as never, key, x).divergence,
    });
    const [parts, gradient] = valueAndGrad(divergence(done.model))(done.params as never as typeof params);
    const [wholeParts, whole] = valueAndGrad(divergence(model))(params);
    expectNumbers(take(parts.loss), [each.reduce((a, b) => a + b, 0)]);
    for (const name of ['mean', 'logStd'] as const) {
      const expected = values(whole.weight[name]).map((slope, i) => (isPruned[i] ? 0 : slope));
      expectNumbers(values(gradient.weight[name]), expected);
    }
    tree.dispose([params, done.params, wholeParts, gradient, whole, x]);
  });

  it('has the same terms sampled and in closed form, for every prior', async () => {
    const params = { weight: normalParams(12, [3, 4]) };
    const x = tf.zeros([1]);
    for (const prior of [
      normal({ std: 0.6 }).prior,
      laplace({ scale: 0.5 }),
      flat(),
      quiet({ stdRatio: 2, eps: 0.1 }),
      ard(),
    ]) {
      const model = bayesian({ prior })(shown());
      const done = await prune(model, params, { signalToNoise: 1 });
      const samples = many(2000);
      const [draws, sums] = readEach(() => {
        const { logProbs } = vmapSamples({ samples })(withLogProbs(done.model))(done.params, key, x);
        const { divergence } = withDivergence(done.model)(done.params, key, x);
        return [tf.sub(logProbs.posterior, logProbs.prior), divergence];
      });
      const error = Math.sqrt(sampleVariance(draws!) / samples);
      expect(Math.abs(average(draws!) - sums![0]!)).toBeLessThan(4 * error + 1e-4);
      const [parts, gradient] = valueAndGrad((own: unknown) => ({
        loss: withDivergence(done.model)(own as never, key, x).divergence,
      }))(done.params as unknown);
      for (const slopes of valuesOfEach(tree.leaves(gradient))) {
        expect(slopes.every(Number.isFinite)).toBe(true);
        expect(slopes.filter((slope) => slope === 0).length).toBeGreaterThanOrEqual(12 - done.report.kept);
      }
      tree.dispose([done.params, parts, gradient]);
    }
    tree.dispose([params, x]);
  });

  it('is the prior of the next data, in which pruned elements have no term', async () => {
    const params = { weight: normalParams(14, [3, 4]) };
    const model = bayesian()(shown());
    const done = await prune(model, params, { signalToNoise: 1 });
    const next = posteriorAsPrior(done.model, done.params);
    const again = next.init(key);
    const x = tf.zeros([1]);
    const { output, divergence } = withDivergence(next)(again, key, x);
    expectNumbers(take(divergence), [0], 1e-4);
    tree.dispose([params, done.params, again, x, output]);
  });

  it('maps over the parameters of several networks, each with its own pruned elements', async () => {
    const model = bayesian()(shown());
    const each = [20, 21].map((seed) => ({ weight: normalParams(seed, [3, 4]) }));
    const done = await Promise.all(each.map((params) => prune(model, params, { signalToNoise: 1 })));
    const diverging = withDivergence(done[0]!.model);
    const x = tf.zeros([1]);
    const of = (own: unknown) => {
      const { output, divergence } = diverging(own as never, key, x);
      return [output, divergence] as const;
    };
    const [first, second] = done.map(({ params }) => params);
    const stacked = tree.zipWith((a, b) => tf.stack([a, b]))(first, second);
    const [outputs, divergences] = readEach(() => [...(vmap(of as never)(stacked as never) as tf.Tensor[])]);
    const loops = [first, second].map((own) => readEach(() => of(own)));
    expectNumbers(
      outputs!,
      loops.flatMap(([output]) => output!),
      1e-6,
    );
    expectNumbers(
      divergences!,
      loops.flatMap(([, divergence]) => divergence!),
      1e-5,
    );
    tree.dispose([each, first, second, stacked, x]);
  });

  it('has second derivatives, which are 0 for pruned elements', async () => {
    const model = bayesian()(shown());
    const params = { weight: normalParams(22, [3, 4]) };
    const done = await prune(model, params, { signalToNoise: 1 });
    const x = tf.zeros([1]);
    const { mean, logStd } = done.params.weight;
    const of = (log: tf.Tensor): tf.Tensor => {
      const { output, logProbs } = withLogProbs(done.model)({ weight: { mean, logStd: log } }, key, x);
      return tf.add(tf.sum(tf.square(output)), tf.sub(logProbs.posterior, logProbs.prior));
    };
    const [slopes, curvatures] = readEach(() => [
      tf.grad(of)(logStd),
      tf.grad((log: tf.Tensor) => tf.sum(tf.grad(of)(log)))(logStd),
    ]);
    const isPruned = prunedInDoubles(params.weight, 1);
    for (const list of [slopes!, curvatures!]) expect(list.map((value) => value === 0)).toEqual(isPruned);
    tree.dispose([params, done.params, x]);
  });
});
