import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import {
  adam,
  augment,
  batches,
  batchNorm,
  bayesian,
  categorical,
  checkpoint,
  deterministic,
  dropout,
  elbo,
  ensemble,
  fit,
  fromWeights,
  fullNormal,
  gaussian,
  hamiltonianMonteCarlo,
  linear,
  logJoint,
  lowRankNormal,
  type Model,
  pipe,
  posteriorAsPrior,
  posteriorMean,
  predict,
  predictFromWeights,
  priorPredictive,
  random,
  sequential,
  trainStep,
  tree,
  withLogProbs,
} from '../../src/index.ts';
import { batchRows } from '../../src/training/plan.ts';
import { priorWarning } from '../../src/training/warnings.ts';
import { left, right } from '../checkpoint/support/files.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { values } from '../support/numbers.ts';
import { expectClose, expectSame } from '../transforms/support/compare.ts';
import { classifier, drawInputs, labelled } from '../transforms/support/nets.ts';

const likelihood = categorical();

describeOnBackends('an ensemble', () => {
  it('predicts the mixture of its members, in groups of any size', () => {
    const model = bayesian()(sequential(linear(2, 3), tf.tanh, linear(3, 2)));
    const { inputs, targets } = labelled();
    fc.assert(
      fc.property(
        fc.record({
          members: fc.integer({ min: 1, max: 4 }),
          samples: fc.integer({ min: 1, max: 3 }),
          chunk: fc.integer({ min: 1, max: 7 }),
          batchSize: fc.integer({ min: 2, max: 5 }),
        }),
        ({ members, samples, ...groups }) => {
          tf.tidy(() => {
            const many = ensemble({ members })(model);
            const [params, key] = [many.init(random.key(0)), random.key(1)];
            const options = { likelihood, samples, logProb: targets };
            const together = predict(many, { ...options, ...groups })(params, key, inputs);
            const each = tree
              .unstack(params)
              .map((own, m) => predict(model, options)(own, random.foldIn(key, m), inputs));
            const { mean, uncertainty, logProb } = tree.map((x) => tf.mean(x, 0))(tree.stack(each));
            const total = tf.neg(tf.sum(tf.mul(mean, tf.log(mean)), 1));
            expectClose(together.mean, mean);
            expectClose(together.uncertainty.aleatoric, uncertainty.aleatoric);
            expectClose(together.uncertainty.total, total);
            const density = tf.mean(tf.exp(tf.stack(each.map((one) => one.logProb))), 0);
            expectClose(together.logProb, tf.log(density));
            expect(logProb.shape).toEqual([5]);
          });
        },
      ),
      { numRuns: runs(10), seed: 4 },
    );
  });

  it('predicts from the means of its members', () => {
    tf.tidy(() => {
      const model = bayesian()(linear(2, 1));
      const many = ensemble({ members: 3 })(model);
      const [params, x] = [many.init(random.key(0)), drawInputs(1, [4, 2])];
      const options = { likelihood: gaussian({ std: 0.1 }), samples: 1, interval: 0.9 };
      const { mean, uncertainty, interval } = predict(posteriorMean(many), options)(params, random.key(1), x);
      const outputs = tf.stack(
        tree
          .unstack(params)
          .map(({ weight, bias }) => tf.add(tf.matMul(x, weight.mean as tf.Tensor2D), bias.mean)),
      );
      expectClose(mean, tf.mean(outputs, 0));
      expectClose(uncertainty.epistemic, tf.moments(outputs, 0).variance);
      expect(values(tf.less(interval.lower, interval.upper))).toEqual([1, 1, 1, 1]);
    });
  });

  it('leaves nothing behind when it predicts', () => {
    const many = ensemble({ members: 3 })(classifier());
    const params = many.init(random.key(0));
    const { inputs } = labelled();
    expectNoLeak(() => predict(many, { likelihood, samples: 3, chunk: 2 })(params, random.key(1), inputs));
    expectNoLeak(() => predict(many, { likelihood, samples: 3, chunk: 7 })(params, random.key(1), inputs));
  });

  it('has batches of its own for each member, in the order of the key of each', () => {
    const data = { inputs: drawInputs(0, [7, 2]), targets: tf.range(0, 7, 1, 'int32') as tf.Tensor };
    const [own, shared] = [batches(data, { size: 3, members: 2 }), batches(data, { size: 3 })];
    const key = random.key(5);
    const ends = [0, 1, 2].map((index) => {
      const batch = own.epoch(key, 1).at(index);
      const { memberAxis, ...tensors } = batch as typeof batch & { readonly memberAxis?: boolean };
      expect(memberAxis).toBe(true);
      const each = [0, 1].map((m) => shared.epoch(random.foldIn(key, m), 1).at(index));
      expectSame(tensors, tree.stack(each));
      return batch.targets.shape;
    });
    expect(batchRows(own.epoch(key, 0).at(2))).toBe(1);
    expect(ends).toEqual([
      [2, 3],
      [2, 3],
      [2, 1],
    ]);
    expectNoLeak(() => own.epoch(key, 1).at(2));
    expect(() => batches(data, { size: 3, members: 0 })).toThrow(
      'batches: members must be a positive integer, got 0',
    );
    expect(() => batches(data, { size: 3, members: 2, shuffle: false })).toThrow(
      'batches: members must be left out without shuffle, as all would be equal, got 2',
    );
  });

  it('trains with a history of its members, validates, and resumes to the same bits', async () => {
    const members = 2;
    const model = ensemble({ members })(
      bayesian()(deterministic(sequential(linear(2, 3), tf.tanh, linear(3, 2)))),
    );
    const data = { ...labelled() };
    const loss = pipe(model, withLogProbs, elbo({ likelihood, datasetSize: 5 }));
    const step = trainStep(loss, adam({ learningRate: 0.05 }));
    const options = {
      model,
      batches: batches(data, { size: 3, members }),
      validation: { data, likelihood, samples: 1 },
      progress: false,
      warnings: false,
    };
    const whole = await fit(step, { ...options, key: random.key(2), epochs: 3 });
    for (const epoch of whole.history) {
      expect(Object.keys(epoch)).toEqual(['loss', 'dataFitting', 'divergence', 'loss/0', 'loss/1']);
      expect(epoch['loss/0']! + epoch['loss/1']!).toBeCloseTo(epoch.loss!, 4);
      expect(epoch['loss/0']).not.toBe(epoch['loss/1']);
    }
    expect(whole.validations.length).toBe(3);
    const first = await fit(step, { ...options, key: random.key(2), epochs: 1 });
    const { params, optimizer, step: done, key, epochs } = first;
    const bytes = right(
      await checkpoint.toBytes(model)({ params, optimizer, step: done, key, epochs } as never)(),
    );
    const state = right(await checkpoint.load(model, { optimizer: step.optimizer })(bytes)());
    const resumed = await fit(step, { ...options, state, epochs: 3 });
    expectSame(resumed.params, whole.params);
    const other = ensemble({ members: 3 })(model.ensemble!.member);
    expect(left(await checkpoint.load(other)(bytes)()).message).toMatch(/0\.weight\.value.*\[3, 2, 3\]/);
  });

  it('keeps the mark of its batches when they are changed, and takes none to validate on', async () => {
    const model = ensemble({ members: 2 })(classifier());
    const data = labelled();
    const source = pipe(
      batches(data, { size: 3, members: 2 }),
      augment((_, { inputs, targets }: { inputs: tf.Tensor; targets: tf.Tensor }) => ({
        inputs: tf.neg(inputs),
        targets,
      })),
    );
    expect(source.epoch(random.key(0), 0).at(0)).toMatchObject({ memberAxis: true });
    const step = trainStep(
      pipe(model, withLogProbs, elbo({ likelihood, datasetSize: 5 })),
      adam({ learningRate: 0.05 }),
    );
    const options = { model, batches: source, key: random.key(1), epochs: 10, progress: false };
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { params, optimizer, history } = await fit(step, options);
    warn.mockRestore();
    expect(history.every((epoch) => epoch['loss/1']! > 0)).toBe(true);
    tree.dispose([params, optimizer]);
    const validation = { data: batches(data, { size: 3, members: 2 }), likelihood };
    await expect(fit(step, { ...options, validation })).rejects.toThrow(
      'fit: memberAxis of validation.data must be left out, as the members of an ensemble are scored together',
    );
  });

  it('is saved and loaded with statistics and any posterior', async () => {
    const nets = [
      bayesian()(sequential(linear(2, 3), batchNorm(3), linear(3, 2))),
      bayesian({ posterior: fullNormal() })(linear(2, 2)),
      bayesian({ posterior: lowRankNormal({ rank: 1 }) })(linear(2, 2)),
    ] as unknown as Model<object>[];
    for (const net of nets) {
      const many = ensemble({ members: 2 })(net);
      const params = many.init(random.key(0));
      const bytes = right(await checkpoint.toBytes(many)(params)());
      expectSame(right(await checkpoint.load(many)(bytes)()), params);
      const [alone] = tree.unstack(params);
      expect(() => checkpoint.toBytes(many)(alone!)).toThrow(
        /checkpoint: '.*' must be a tensor of shape \[2, /,
      );
    }
  });

  it('judges the prior by the loss of one network', () => {
    const history = Array.from({ length: 20 }, (_, n) => ({
      dataFitting: n < 5 ? 100 - 10 * n : 60 + 2 * n,
      divergence: 5000 * 0.5 ** n,
    }));
    const warning = priorWarning(history, 100);
    expect(warning).toMatch('rose from');
    const double = history.map(({ dataFitting, divergence }) => ({
      dataFitting: 2 * dataFitting,
      divergence: 2 * divergence,
      'loss/0': 1,
      'loss/1': 1,
    }));
    expect(priorWarning(double, 100)).toBe(warning);
  });

  it('runs with noise of its own in each member', () => {
    tf.tidy(() => {
      const many = ensemble({ members: 2 })(bayesian()(deterministic(dropout(0.5))));
      const [first, second] = tf.unstack(
        many.apply(many.init(random.key(0)), random.key(1), tf.ones([1, 40])),
      );
      expect(values(first!)).not.toEqual(values(second!));
    });
  });

  it('refuses what it cannot do, and says what can', () => {
    const model = bayesian()(linear(2, 1));
    const many = ensemble({ members: 2 })(model);
    const params = many.init(random.key(0));
    const x = tf.ones([3, 2]);
    for (const members of [0, -1, 1.5, Number.NaN, '2', undefined])
      expect(() => ensemble({ members } as never)).toThrow(
        'ensemble: members must be a positive integer, got',
      );
    expect(() => ensemble({ members: 2 })(linear(2, 1) as never)).toThrow(
      'ensemble: model must be what bayesian() returns, got a Layer',
    );
    expect(() => ensemble({ members: 2 })(many)).toThrow(
      'ensemble: model must be a model of one network, got an ensemble of 2; one ensemble can have all the members',
    );
    const refused: Readonly<Record<string, () => unknown>> = {
      fromWeights: () => fromWeights(many)({} as never, { std: 1 }),
      posteriorAsPrior: () => posteriorAsPrior(many, params),
      logJoint: () => logJoint(many, gaussian({ std: 1 })),
      hamiltonianMonteCarlo: () => hamiltonianMonteCarlo(many, { likelihood: gaussian({ std: 1 }) }),
      priorPredictive: () => priorPredictive(many),
      predictFromWeights: () => predictFromWeights(many, { likelihood: gaussian({ std: 1 }) }),
      'checkpoint.fromLayersModel': () => checkpoint.fromLayersModel(many),
      'checkpoint.fromTorchBlue': () => checkpoint.fromTorchBlue(many),
      'checkpoint.toTorchBlue': () => checkpoint.toTorchBlue(many),
    };
    for (const [name, call] of Object.entries(refused))
      expect(call, name).toThrow(`${name}: model must be a model of one network, got an ensemble of 2; `);
    const alone = model.init(random.key(0));
    expect(() => many.apply(alone, random.key(1), x)).toThrow(
      "params: 'bias.mean' must be a tensor of shape [2, ...], with an axis of the 2 members, got a float32 tensor of shape [1]",
    );
    expect(() => many.apply({} as never, random.key(1), x)).toThrow(
      "params: 'weight' must be the parameters",
    );
    expect(() => many.apply(tf.ones([2]) as never, random.key(1), x)).toThrow("params must be the model's");
    expect(() => many.apply(params, 3 as never, x)).toThrow('key must be');
    expect(() => many.init(3 as never)).toThrow('init: key must be');
    expect(() => model.apply(params, random.key(1), x)).toThrow();
  });
});
