import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  type CompileReport,
  categorical,
  compile,
  conv2d,
  dropout,
  elbo,
  ensemble,
  flatten,
  gaussian,
  ivon,
  linear,
  localReparametrization,
  maxPool2d,
  pipe,
  random,
  schedule,
  sequential,
  sgd,
  trainStep,
  transformerEncoderLayer,
  tree,
  valueAndGrad,
  vmap,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import type { LossParts } from '../../src/transforms/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectSame } from './support/compare.ts';

interface Batch {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

type Params = { readonly weight: tf.Tensor } | object;
type AnyLoss = (params: Params, key: random.Key, batch: Batch) => LossParts;

interface Problem {
  readonly loss: AnyLoss;
  readonly init: (key: random.Key) => Params;
  readonly batch?: Batch;
}

const labels = (count: number) =>
  tf.tensor1d(
    Array.from({ length: count }, (_, i) => i % 2),
    'int32',
  );

const rows = (count: number): Batch => ({
  inputs: random.normal(random.key(7), [count, 3]),
  targets: labels(count),
});

const weights = () => ({ weight: random.normal(random.key(5), [3, 2]) });

const score = elbo({ likelihood: categorical(), datasetSize: 100 });

const dense = () => bayesian()(sequential(linear(3, 4), tf.tanh, linear(4, 2)));

/** Losses as users make them. Their types differ, and so do those of their parameters: the tests pass them on. */
const problem = (made: { loss: unknown; init: unknown; batch?: unknown }): Problem => made as Problem;

const cases: Readonly<Record<string, () => Problem>> = {
  'sampled weights': () => {
    const model = dense();
    return problem({ ...model, loss: pipe(model, withLogProbs, vmapSamples({ samples: 3 }), score) });
  },
  'sampled outputs': () => {
    const model = dense();
    const sampled = pipe(model, localReparametrization, withDivergence, vmapSamples({ samples: 3 }));
    return problem({ ...model, loss: score(sampled) });
  },
  'samples in groups': () => {
    const model = dense();
    return problem({
      ...model,
      loss: pipe(model, withLogProbs, vmapSamples({ samples: 4, chunk: 2 }), score),
    });
  },
  dropout: () => {
    const model = bayesian()(sequential(linear(3, 4), dropout(0.5), linear(4, 2)));
    return problem({ ...model, loss: pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) });
  },
  ensemble: () => {
    const model = ensemble({ members: 2 })(dense());
    return problem({ ...model, loss: pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) });
  },
  convolutions: () => {
    const model = bayesian()(sequential(conv2d(1, 2, 3), tf.relu, maxPool2d(2), flatten(), linear(18, 2)));
    const batch = { inputs: random.normal(random.key(7), [4, 8, 8, 1]), targets: labels(4) };
    return problem({ ...model, batch, loss: pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) });
  },
  // Threads add to the sums of its gradient, which begin at zero each time.
  'rows that are gathered': () => ({
    init: weights,
    loss: (params, key, { targets }) => {
      const rows = tf.gather((params as { readonly weight: tf.Tensor }).weight, targets as tf.Tensor1D);
      return { loss: tf.sum(tf.square(tf.add(rows, random.normal(key, rows.shape)))) };
    },
  }),
  'an encoder layer': () => {
    const model = bayesian()(transformerEncoderLayer(4, 2, { dimFeedforward: 8 }));
    const noise = (seed: number) => random.normal(random.key(seed), [2, 3, 4]);
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 10 }),
    );
    return problem({ ...model, loss, batch: { inputs: noise(1), targets: noise(2) } });
  },
};

/** Noise of each kind and a loss by hand, which is quick to run. */
const byHand: AnyLoss = (params, key, { inputs }) => {
  const [a, b, c] = random.split(key, 3) as [random.Key, random.Key, random.Key];
  const { weight } = params as { readonly weight: tf.Tensor };
  const mask = random.bernoulli(a, weight.shape, { p: 0.5 });
  const shift = random.uniform(random.foldIn(b, 3), [1], { min: -1, max: 1 });
  const noise = random.normal(c, [4]);
  const y = tf.add(tf.matMul(inputs as tf.Tensor2D, tf.mul(weight, mask) as tf.Tensor2D), shift);
  return { loss: tf.mean(tf.square(y)), noise: tf.sum(noise) } as LossParts;
};

const failing = (reason: string): never => expect.fail(reason);

/** The steps of a training as plain trees, with its last state. */
const train = (
  loss: AnyLoss,
  params: Params,
  batches: readonly Batch[],
  donate = true,
): readonly unknown[] => {
  const step = trainStep(loss, adam({ learningRate: 1e-2 }));
  let state = step.init(params, random.key(1));
  const parts = batches.map((batch) => {
    const before = state;
    const updated = step.update(before, batch, { donate });
    state = updated.state;
    if (!donate) tree.dispose([before.params, before.optimizer]);
    return updated.parts;
  });
  return [parts, state.params, state.optimizer];
};

const times = <A>(count: number, each: A): readonly A[] => Array.from({ length: count }, () => each);

describeOnBackends('compile', (backend) => {
  const records = backend !== 'cpu' && kernels;
  const compiledLosses: { readonly dispose: () => void }[] = [];

  /** A compiled loss that is disposed after the test. */
  const compiling = (loss: AnyLoss, onFallback: (reason: string) => void = failing) => {
    const compiled = compile(loss, { onFallback });
    compiledLosses.push(compiled);
    return compiled;
  };

  afterEach(() => {
    for (const compiled of compiledLosses.splice(0)) compiled.dispose();
  });

  const expectReport = (report: CompileReport, expected: Partial<CompileReport>) =>
    expect(report).toMatchObject(records ? expected : { recordings: 0, replays: 0, bytes: 0 });

  it.each(Object.keys(cases))('trains to the same bits: %s', (name) => {
    const { init, loss, batch = rows(4) } = cases[name]!();
    const compiled = compiling(loss);
    const params = init(random.key(0));
    const batches = times(4, batch);
    expectSame(train(compiled, params, batches), train(loss, params, batches));
    expectReport(compiled.report(), { recordings: 1, replays: 3 });
  });

  it.each([true, false])('gives the same whatever the batch and its size, donate %s', (donate) => {
    const compiled = compiling(byHand);
    const batches = [4, 4, 2, 4, 2, 4, 2].map((count, seed) => ({
      inputs: random.normal(random.key(seed), [count, 3]),
      targets: labels(count),
    }));
    expectSame(train(compiled, weights(), batches, donate), train(byHand, weights(), batches, donate));
    expectReport(compiled.report(), { recordings: 2, replays: 5 });
  });

  it('uploads what is still in main memory', () => {
    const compiled = compiling(byHand);
    const batches = times(4, 0).map((_, i) => ({
      inputs: tf.tensor2d([1, 2, 3 + i, 4, 5, 6], [2, 3]),
      targets: labels(2),
    }));
    expectSame(train(compiled, weights(), batches), train(byHand, weights(), batches));
  });

  it('runs as a loss, and differentiated by others', () => {
    const compiled = compiling(byHand);
    const [params, batch] = [weights(), rows(2)];
    for (let i = 0; i < 3; i++)
      expectSame(compiled(params, random.key(i), batch), byHand(params, random.key(i), batch));
    for (let i = 0; i < 3; i++)
      expectSame(
        valueAndGrad(compiled)(params, random.key(i), batch),
        valueAndGrad(byHand)(params, random.key(i), batch),
      );
    expectReport(compiled.report(), { recordings: 2, replays: 4 });
    const gradient = (loss: AnyLoss) =>
      tf.grad((weight: tf.Tensor) => loss({ weight }, random.key(1), batch).loss)(params.weight);
    expectSame(gradient(compiled), gradient(byHand));
    const each = (loss: AnyLoss) =>
      vmap((weight: tf.Tensor) => loss({ weight }, random.key(1), batch).loss)(
        tf.stack([params.weight, params.weight]),
      );
    expectSame(each(compiled), each(byHand));
  });

  it('takes inputs for which a cast is pending, or not', () => {
    const compiled = compiling(byHand);
    const integers = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
    const cast = () => ({ inputs: tf.cast(integers, 'float32'), targets: labels(2) });
    const batches = [cast(), cast(), cast(), rows(2), cast()];
    expectSame(train(compiled, weights(), batches), train(byHand, weights(), batches));
    // On wasm a cast is not put off.
    expectReport(compiled.report(), { recordings: 1, replays: backend === 'wasm' ? 4 : 3 });
  });

  it('checks the values of each batch that can be read', () => {
    const model = dense();
    const loss = pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) as unknown as AnyLoss;
    const gradient = valueAndGrad(compiling(loss));
    const params = model.init(random.key(0));
    const [batch, wrong] = [rows(2), { ...rows(2), targets: tf.tensor1d([0, 2], 'int32') }];
    const labelled = (i: number) => () => gradient(params, random.key(i), batch);
    for (let i = 0; i < 3; i++) expectNoLeak(labelled(i));
    const held = () => [tf.memory(), tf.engine().backend.numDataIds()];
    const before = held();
    if (backend !== 'webgpu')
      expect(() => gradient(params, random.key(3), wrong)).toThrow(
        'categorical: targets must be class labels, integers from 0 to 1, got 2',
      );
    expect(held()).toEqual(before);
    expectNoLeak(labelled(4));
  });

  it('runs what is compiled in what is compiled', () => {
    const inner = compiling(byHand);
    const outer: AnyLoss = (params, key, batch) => {
      const { loss } = inner(params, key, batch);
      return { loss: tf.add(loss, valueAndGrad(inner)(params, random.foldIn(key, 1), batch)[0].loss) };
    };
    const compiled = compiling(outer);
    const [params, batch] = [weights(), rows(2)];
    const expected = [0, 1, 2, 3].map((i) => outer(params, random.key(i), batch));
    expectSame(
      [0, 1, 2, 3].map((i) => compiled(params, random.key(i), batch)),
      expected,
    );
    expectReport(compiled.report(), { recordings: 1, replays: 3 });
  });

  it('runs its kernels one by one where they are profiled', async () => {
    const compiled = compiling(byHand);
    const [params, batch] = [weights(), rows(2)];
    for (let i = 0; i < 2; i++) compiled(params, random.key(i), batch);
    const { kernelNames } = await tf.profile(() => compiled(params, random.key(2), batch).loss);
    expect(kernelNames).toContain('Mean');
    expectReport(compiled.report(), { recordings: 1, replays: 1 });
  });

  it('leaks nothing, and frees what it holds', () => {
    const compiled = compiling(byHand);
    const gradient = valueAndGrad(compiled);
    const [params, batch] = [weights(), rows(2)];
    const before = tf.memory();
    for (let i = 0; i < 4; i++) expectNoLeak(() => gradient(params, random.key(i), batch));
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expectReport(compiled.report(), { recordings: 1, replays: 3 });
    expect(compiled.report().bytes > 0).toBe(records);
    compiled.dispose();
    expect(compiled.report()).toMatchObject({ recordings: 0, bytes: 0 });
    expectSame(gradient(params, random.key(9), batch), valueAndGrad(byHand)(params, random.key(9), batch));
  });

  it('holds the latest four recordings', () => {
    const compiled = compiling(byHand);
    for (const count of [1, 2, 3, 4, 5, 6])
      for (let i = 0; i < 2; i++)
        expectSame(
          compiled(weights(), random.key(i), rows(count)),
          byHand(weights(), random.key(i), rows(count)),
        );
    expectReport(compiled.report(), { recordings: 4, replays: 6 });
  });

  it('keeps the tensors that a loss closes over', () => {
    // One that is on the device already, and is a part of the result; others that are not.
    const [scale, constant] = [tf.exp(random.normal(random.key(0), [])), tf.tensor1d([2, 3])];
    const loss: AnyLoss = (params, key, batch) => {
      const { loss, ...others } = byHand(params, key, batch);
      return { ...others, loss: tf.mul(tf.mul(loss, scale), tf.sum(constant)), scale } as LossParts;
    };
    const [params, batch] = [weights(), rows(2)];
    const compiled = compiling(loss);
    const expected = valueAndGrad(loss)(params, random.key(3), batch);
    for (let i = 0; i < 2; i++) valueAndGrad(compiled)(params, random.key(i), batch);
    const before = tf.memory().numDataBuffers;
    if (records) tree.dispose([scale, constant]);
    // A buffer that was let go would be taken for this.
    const others = [
      tf.exp(random.normal(random.key(1), [])),
      tf.add(constant.isDisposed ? 7 : 8, tf.ones([2])),
    ];
    expectSame(valueAndGrad(compiled)(params, random.key(3), batch), expected);
    tree.dispose(others);
    const held = tf.memory().numDataBuffers;
    compiled.dispose();
    if (records) expect(tf.memory().numDataBuffers).toBeLessThan(held);
    expect(before).toBeGreaterThan(0);
  });

  it('has the temperature of its loss, which ivon needs', () => {
    const model = dense();
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: categorical(), datasetSize: 100, temperature: 0.5 }),
    );
    const compiled = compile(loss, { onFallback: failing });
    const step = trainStep(compiled, ivon({ learningRate: 0.1, temperature: 0.5 }));
    const first = step.init(model.init(random.key(0)), random.key(1));
    expect(compiled.temperature).toBe(0.5);
    expect(step.update(first, rows(2)).state.step).toBe(1);
  });

  const impure: Readonly<Record<string, readonly [why: RegExp, make: () => AnyLoss]>> = {
    'derives other keys each time': [
      /differ: in the keys that are derived/,
      () => {
        let calls = 0;
        return (params, key, batch) => byHand(params, random.foldIn(key, calls++), batch);
      },
    ],
    'takes other numbers each time': [
      /two runs of it with other keys and steps differ: in/,
      () => {
        let calls = 0;
        return (params, key, batch) => ({ loss: tf.mul(byHand(params, key, batch).loss, calls++) });
      },
    ],
    'draws in JavaScript': [
      /random\.gamma computes numbers in JavaScript|differ: in numbers that are computed in JavaScript/,
      () => (params, key, batch) => ({
        loss: tf.mul(byHand(params, key, batch).loss, tf.sum(random.gamma(key, [2], { concentration: 1 }))),
      }),
    ],
    'branches on the bits of a key': [
      /random\.bits computes numbers in JavaScript/,
      () => (params, key, batch) => {
        // Both keys of a recording may well give the same.
        random.bits(key, 1);
        return byHand(params, key, batch);
      },
    ],
    'reads values': [
      /it reads the values of a tensor/,
      () => (params, key, batch) => {
        const { loss } = byHand(params, key, batch);
        return { loss: tf.mul(loss, loss.dataSync()[0]! > 0 ? 2 : 1) };
      },
    ],
    'reads values, and catches what that throws': [
      /it reads the values of a tensor/,
      () => (params, key, batch) => {
        const { loss } = byHand(params, key, batch);
        try {
          return { loss: tf.mul(loss, loss.dataSync()[0]! > 0 ? 2 : 1) };
        } catch {
          return { loss };
        }
      },
    ],
    'keeps a tensor': [
      /it keeps tensors/,
      () => {
        let kept = tf.scalar(0);
        return (params, key, batch) => {
          const { loss } = byHand(params, key, batch);
          if (!kept.isDisposed) kept.dispose();
          kept = tf.keep(tf.mul(loss, 2));
          return { loss };
        };
      },
    ],
    'has parts of other names each time': [
      /differ: in the result/,
      () => {
        let calls = 0;
        return (params, key, batch) => ({ ...byHand(params, key, batch), [`part${calls++}`]: tf.scalar(1) });
      },
    ],
  };

  it.each(Object.keys(impure))('runs a loss as it is, and says why, that %s', (name) => {
    const [why, make] = impure[name]!;
    const reasons: string[] = [];
    const compiled = compiling(make(), (reason) => reasons.push(reason));
    const gradient = valueAndGrad(compiled);
    const [params, batch] = [weights(), rows(2)];
    for (let i = 0; i < 3; i++) expectNoLeak(() => gradient(params, random.key(i), batch));
    expect(reasons.length).toBe(records ? 1 : 0);
    if (records) expect(reasons[0]).toMatch(why);
    if (records) expect(compiled.report().fallback).toMatch(why);
    expect(compiled.report()).toMatchObject({ recordings: 0, replays: 0, bytes: 0 });
  });

  it('runs a loss as it is whose temperature is a schedule', () => {
    const model = dense();
    const temperature = schedule.linear({ from: 0, to: 1, steps: 4 });
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: categorical(), datasetSize: 100, temperature }),
    ) as unknown as AnyLoss;
    const reasons: string[] = [];
    const compiled = compiling(loss, (reason) => reasons.push(reason));
    const params = model.init(random.key(0));
    const batches = times(4, rows(2));
    expectSame(train(compiled, params, batches), train(loss, params, batches));
    expect(reasons).toEqual([expect.stringContaining('its temperature is a schedule')]);
  });

  it('throws what the loss throws', () => {
    const compiled = compiling(
      () => {
        throw new Error('a loss that fails');
      },
      () => {},
    );
    for (let i = 0; i < 3; i++)
      expect(() => compiled(weights(), random.key(i), rows(2))).toThrow('a loss that fails');
    expect(() => compiling(byHand)(weights(), 3 as unknown as random.Key, rows(2))).toThrow('key must be');
  });

  it('is refused what is not a loss', () => {
    expect(() => compile(3 as never)).toThrow(
      'compile: f must be a function of (params, key, batch) or (params, key, ...inputs), got 3',
    );
    expect(() => compile(compile(byHand))).toThrow('compile: f must be one that is not compiled already');
    expect(() => compile(byHand, { onFallback: 3 as never })).toThrow(
      'compile: onFallback must be a function',
    );
  });

  it('is used by an optimizer of any kind', () => {
    const step = trainStep(compiling(byHand), sgd({ learningRate: 0.1 }));
    const first = step.init(weights(), random.key(1));
    expectSame(step.update(first, rows(2)).parts, step.update(first, rows(2)).parts);
  });
});
