import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  deterministic,
  elbo,
  ensemble,
  flipout,
  fullNormal,
  gaussian,
  ivon,
  layer,
  linear,
  localReparametrization,
  normal,
  pipe,
  pointMass,
  posterior,
  posteriorMean,
  prune,
  random,
  sequential,
  sgd,
  studentT,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers, take, valuesOfEach } from '../support/numbers.ts';

import {
  type AnyModel,
  anyModel,
  batch,
  expectPruned,
  type Family,
  key,
  net,
  netParams,
  normalParams,
  prunedInDoubles,
  readEach,
  shown,
  variables,
} from './support/pruning.ts';

describeOnBackends('prune', (backend) => {
  const counted: { tensors: number } = { tensors: 0 };
  beforeEach(() => {
    counted.tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(counted.tensors);
  });

  it('sets what a loop in doubles sets, and counts it', async () => {
    const model = bayesian()(net);
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 4, noNaN: true }),
      async (seed, ratio) => {
        const params = netParams(seed);
        const done = await prune(model, params as never, { signalToNoise: ratio });
        expectPruned(params, done.params, ratio);
        const counts = variables(params).map(([name, own]) => {
          const flags = prunedInDoubles(own, ratio);
          const kept = flags.filter((each) => !each).length;
          return { name, size: flags.length, kept, share: kept / flags.length };
        });
        const kept = counts.reduce((sum, each) => sum + each.kept, 0);
        const { bytes, ...report } = done.report;
        expect(report).toEqual({ signalToNoise: ratio, size: 17, kept, share: kept / 17, variables: counts });
        expect(bytes.before).toBe(4 * 34);
        expect(bytes.after).toBeLessThanOrEqual(bytes.before);
        tree.dispose([params, done.params]);
      },
    );
    await fc.assert(property, { numRuns: runs(20) });
  });

  it('keeps less the higher the ratio, all for 0, and pruned elements at any', async () => {
    const model = bayesian()(net);
    const params = netParams(5) as never;
    const ratios = [0, 0.3, 1, 2, 1e9];
    const done = [];
    for (const signalToNoise of ratios) done.push(await prune(model, params, { signalToNoise }));
    const shares = done.map(({ report }) => report.share);
    expect(shares[0]).toBe(1);
    expect(shares.at(-1)).toBe(0);
    expect([...shares].sort((a, b) => b - a)).toEqual(shares);
    expect(new Set(shares).size).toBeGreaterThan(3);
    const half = done[2]!;
    const again = await prune(model, half.params, { signalToNoise: 0 });
    expectPruned(params, again.params, 1);
    expect(again.report.kept).toBe(half.report.kept);
    tree.dispose([params, again.params, done.map((each) => each.params)]);
  });

  it('draws pruned elements as 0 and the others as before, with the given model too', async () => {
    for (const [family, scale] of [
      [normal(), 'logStd'],
      [studentT({ degreesOfFreedom: 5 }), 'logScale'],
    ] as const) {
      const model = anyModel(bayesian({ posterior: family as Family })(shown()));
      const { mean, logStd } = normalParams(4, [3, 4]);
      const params = { weight: { mean, [scale]: logStd } };
      const done = await prune(model, params, { signalToNoise: 1 });
      const x = tf.zeros([1]);
      const draws = (of: AnyModel, from: unknown) =>
        readEach(() => [
          of.apply(from, key, x),
          vmapSamples({ samples: 3 })(of)(from, key, x),
          posteriorMean(of).apply(from, key, x),
        ]);
      const [before, after, plainly] = [
        draws(model, params),
        draws(done.model, done.params),
        draws(model, done.params),
      ];
      const isZero = after[2]!.map((each) => each === 0);
      expect(isZero.filter(Boolean).length).toBe(12 - done.report.kept);
      expect(Math.abs(done.report.kept - 6)).toBeLessThan(5);
      const expected = before.map((list) => list.map((each, i) => (isZero[i % 12] ? 0 : each)));
      for (const read of [after, plainly]) {
        // A GPU rounds the last bit of an element by what stands beside it.
        for (const [i, list] of read.entries())
          expectNumbers(list, expected[i]!, backend === 'webgpu' ? 1e-6 : 0);
        expect(read.map((list) => list.map((each) => each === 0))).toEqual(
          expected.map((list) => list.map((each) => each === 0)),
        );
      }
      tree.dispose([params, done.params, x]);
    }
  });

  it('leaves no noise of pruned weights with local reparametrization and flipout', async () => {
    const model = bayesian()(linear(4, 3, { bias: false }));
    const params = { weight: normalParams(6, [4, 3]) };
    const done = await prune(model, params, { signalToNoise: 1 });
    const isPruned = prunedInDoubles(params.weight, 1);
    const eye = tf.eye(4);
    for (const estimator of [localReparametrization, flipout]) {
      const [before, after] = readEach(() => [
        estimator(model).apply(params, key, eye),
        estimator(done.model).apply(done.params, key, eye),
      ]);
      expectNumbers(
        after!,
        before!.map((each, i) => (isPruned[i] ? 0 : each)),
        1e-6,
      );
      expect(after!.filter((each) => each === 0).length).toBe(12 - done.report.kept);
    }
    // The estimator of the given model stays.
    const other = await prune(flipout(model), params, { signalToNoise: 1 });
    expect(other.model.estimator.name).toBe('flipout');
    tree.dispose([params, done.params, other.params, eye]);
  });

  it('keeps pruned elements at 0 in training, by any optimizer and loss, and trains the others', async () => {
    const model = bayesian()(net);
    const params = netParams(7) as never as Parameters<typeof model.apply>[0];
    const done = await prune(model, params, { signalToNoise: 1 });
    const likelihood = gaussian({ std: 0.5 });
    const settings = { likelihood, datasetSize: 6 };
    const sampled = vmapSamples({ samples: 2 });
    const losses = [
      pipe(done.model, withDivergence, sampled, elbo(settings)),
      pipe(done.model, localReparametrization, withDivergence, sampled, elbo(settings)),
      pipe(done.model, flipout, withLogProbs, sampled, elbo(settings)),
    ];
    const optimizers = [
      adam({ learningRate: 0.01 }),
      sgd({ learningRate: 1e-3, momentum: 0.9 }),
      ivon({ learningRate: 0.1 }),
    ];
    for (const [i, loss] of losses.entries()) {
      const step = trainStep(loss, optimizers[i] as ReturnType<typeof adam>);
      let state = step.init(done.params, random.key(1));
      const data = batch();
      for (let n = 0; n < 2; n++) {
        const { state: next, parts } = step.update(state, data, { donate: true });
        expect(Number.isFinite(take(parts.loss)[0])).toBe(true);
        const { loss: _, ...others } = parts;
        tree.dispose(others);
        state = next;
      }
      for (const [name, own] of variables(params)) {
        const isPruned = prunedInDoubles(own, 1);
        const [start, now] = [done.params, state.params].map((each) => tree.at(name.split('.'))(each));
        const [before, after] = [start, now].map((each) => valuesOfEach(tree.leaves(each)));
        for (const part of [0, 1]) {
          after![part]!.forEach((value, k) => {
            if (isPruned[k]) expect(value).toBe(part === 0 ? 0 : -1024);
            else expect(value).not.toBe(before![part]![k]);
          });
        }
      }
      tree.dispose([state.params, state.optimizer, data]);
    }
    tree.dispose([params, done.params]);
  });

  it('prunes each member of an ensemble by itself, and keeps its zeros in training', async () => {
    const member = bayesian()(shown());
    const model = pipe(member, ensemble({ members: 2 }));
    const each = [20, 21].map((seed) => ({ weight: normalParams(seed, [3, 4]) }));
    const params = tree.stack(each);
    const done = await prune(model, params, { signalToNoise: 1 });
    expectPruned(params, done.params, 1);
    const alone = await Promise.all(each.map((own) => prune(member, own, { signalToNoise: 1 })));
    expect(done.report.kept).toBe(alone[0]!.report.kept + alone[1]!.report.kept);
    const stacked = tree.stack(alone.map((one) => one.params));
    expect(valuesOfEach(tree.leaves(done.params))).toEqual(valuesOfEach(tree.leaves(stacked)));
    const likelihood = gaussian({ std: 1 });
    const loss = pipe(done.model, flipout, withDivergence, elbo({ likelihood, datasetSize: 3 }));
    const step = trainStep(loss, adam({ learningRate: 0.1 }));
    const started = flipout(done.model).init(random.key(5));
    expect(valuesOfEach(tree.leaves(started))).toEqual(valuesOfEach(tree.leaves(done.params)));
    const data = { inputs: tf.zeros([3]), targets: tf.zeros([3, 4]) };
    const first = step.init(started, key);
    const { state, parts } = step.update(first, data);
    const [before, after] = valuesOfEach([started.weight.mean, state.params.weight.mean]);
    expect(after!.map((x) => x === 0)).toEqual(before!.map((x) => x === 0));
    expect(after).not.toEqual(before);
    const copies = [first.params, first.optimizer, state.params, state.optimizer, parts];
    tree.dispose([each, params, done.params, alone.map((one) => one.params), stacked, started, data, copies]);
  });

  it('starts training from its own parameters, and keeps ordinary and correlated weights whole', async () => {
    const model = bayesian()(
      sequential(
        linear(2, 3, { posterior: fullNormal(), bias: false }),
        deterministic(linear(3, 3)),
        linear(3, 2, { bias: { posterior: studentT({ degreesOfFreedom: 2 }) } }),
      ),
    );
    const params = model.init(key);
    const done = await prune(model, params, { signalToNoise: 1e6 });
    expect(done.report.variables.map(({ name, kept, size }) => [name, kept, size])).toEqual([
      ['0.weight', 6, 6],
      ['1.weight', 9, 9],
      ['1.bias', 3, 3],
      ['2.weight', 0, 6],
      ['2.bias', 2, 2],
    ]);
    const started = done.model.init(random.key(77));
    expect(valuesOfEach(tree.leaves(started))).toEqual(valuesOfEach(tree.leaves(done.params)));
    const [before, after] = [params, done.params].map(({ 2: _, ...others }) =>
      valuesOfEach(tree.leaves(others)),
    );
    expect(after).toEqual(before);
    tree.dispose([params, done.params, started]);
  });

  it('prunes a family of your own by its logScale', async () => {
    const uniformBall = posterior({
      name: 'uniformBall',
      init: (mean: tf.Tensor) => ({ mean, logRadius: tf.fill(mean.shape, -3) }),
      sample: ({ mean, logRadius }, own) =>
        tf.add(mean, tf.mul(tf.exp(logRadius), random.uniform(own, mean.shape, { min: -1, max: 1 }))),
      logProb: ({ logRadius }) => tf.neg(tf.add(logRadius, Math.LN2)),
      moments: ({ mean, logRadius }) => ({ mean, variance: tf.div(tf.exp(tf.mul(2, logRadius)), 3) }),
      entropy: ({ logRadius }) => tf.sum(tf.add(logRadius, Math.LN2)),
      independent: true,
      logScale: 'logRadius',
    });
    const model = bayesian({ posterior: uniformBall })(
      layer(
        { w: [3] },
        ({ w }) =>
          (_: tf.Tensor) =>
            w,
      ),
    );
    const params = { w: { mean: tf.tensor1d([0.5, 0.9, -0.1]), logRadius: tf.zeros([3]) } };
    // The standard deviation is the radius / sqrt(3).
    const done = await prune(model, params, { signalToNoise: 1 });
    const x = tf.zeros([1]);
    const [draw, logProb] = readEach(() => {
      const { output, logProbs } = withLogProbs(done.model)(done.params, key, x);
      return [output, logProbs.posterior];
    });
    expect(draw!.map((each) => each === 0)).toEqual([true, false, true]);
    expectNumbers(logProb!, [-Math.LN2]);
    tree.dispose([params, done.params, x]);
  });

  it('reports the scores before and after, as numbers or scalars, and disposes what it made if one fails', async () => {
    const model = bayesian()(net);
    const params = netParams(2) as never as Parameters<typeof model.apply>[0];
    const scores = [
      (_: unknown, own: unknown) => tree.leaves(own).length,
      async () => 0.5,
      () => tf.scalar(3),
      () => tf.tensor1d([4]),
    ];
    const reports = [];
    for (const score of scores) {
      const done = await prune(model, params, { signalToNoise: 1, score });
      reports.push(done.report.score);
      tree.dispose(done.params);
    }
    expect(reports).toEqual([8, 0.5, 3, 4].map((value) => ({ before: value, after: value })));
    const seen: unknown[] = [];
    const done = await prune(model, params, {
      signalToNoise: 1,
      score: (of, own) => {
        seen.push(of, own);
        return 1;
      },
    });
    expect(seen).toEqual([model, params, done.model, done.params]);
    tree.dispose(done.params);
    for (const wrong of [() => Number.NaN, () => tf.ones([2]), () => 'high' as never]) {
      await expect(prune(model, params, { signalToNoise: 1, score: wrong })).rejects.toThrow(
        'prune: result of score must be a finite number or a scalar',
      );
    }
    let calls = 0;
    const second = () => {
      calls += 1;
      if (calls === 2) throw new Error('no data');
      return 1;
    };
    await expect(prune(model, params, { signalToNoise: 1, score: second })).rejects.toThrow('no data');
    expect(tree.leaves(params).some(({ isDisposed }) => isDisposed)).toBe(false);
    tree.dispose(params);
  });

  it('refuses what it cannot prune, by name', async () => {
    const model = bayesian()(net);
    const params = netParams(2);
    const own = params as never as Parameters<typeof model.apply>[0];
    expect(() => prune(model, own, { signalToNoise: -1 })).toThrow('prune: signalToNoise must be');
    expect(() => prune(model, own, {} as never)).toThrow('prune: signalToNoise must be');
    expect(() => prune(model, own, { signalToNoise: 1, score: 3 as never })).toThrow('prune: score must be');
    expect(() => prune(net as never, own, { signalToNoise: 1 })).toThrow('prune: model must be');
    const plain = bayesian({ posterior: pointMass() })(net);
    expect(() => prune(plain, own as never, { signalToNoise: 1 })).toThrow(
      'prune: model must be one with a variable that can be pruned, such as a normal posterior',
    );
    expect(() => prune(model, { 0: params[0] } as never, { signalToNoise: 1 })).toThrow(
      "prune: params, '2.weight.mean' must be a tensor of shape [4, 1]",
    );
    const bad = {
      ...params,
      2: { ...params[2], bias: { mean: tf.tensor1d([Number.NaN]), logStd: tf.zeros([1]) } },
    };
    await expect(prune(model, bad as never, { signalToNoise: 1 })).rejects.toThrow(
      "posterior of '2.bias': mean must be finite",
    );
    const row = { posterior: 'normal', prior: 'normal', of: () => tf.scalar(0) };
    const done = await prune(model, own, { signalToNoise: 1 });
    expect(() => withDivergence({ divergences: [row] })(done.model)).toThrow(
      "for variable '0.weight', whose posterior is pruned",
    );
    tree.dispose([bad[2].bias, params, done.params]);
  });
});
