import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import {
  adam,
  batchNorm,
  bayesian,
  brierScore,
  categorical,
  compile,
  elbo,
  embedding,
  linear,
  pipe,
  random,
  sequential,
  sgd,
  trainStep,
  valueAndGrad,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { stepGradient } from '../../src/transforms/valueAndGrad.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { expectSame } from './support/compare.ts';

type Any = Readonly<Record<string, unknown>>;
type AnyLoss = (
  params: never,
  key: random.Key,
  batch: never,
  step?: number,
) => Any & { readonly loss: tf.Tensor };
type Call = readonly [params: Any, batch: Any];

const noisy = (x: tf.Tensor, key: random.Key): tf.Tensor =>
  tf.mean(tf.square(tf.add(x, random.normal(key, [3]))));

// What depends on more than shapes: the same numbers must come, by a replay or without.
describeOnBackends('a compiled loss', (backend) => {
  const records = backend !== 'cpu' && kernels;
  const made: { readonly dispose: () => void }[] = [];
  afterEach(() => {
    for (const each of made.splice(0)) each.dispose();
  });

  const compiling = (loss: AnyLoss, onFallback: (reason: string) => void = () => {}) => {
    const compiled = compile(loss as never, { onFallback });
    made.push(compiled);
    return compiled as unknown as AnyLoss & Pick<typeof compiled, 'report'>;
  };

  /** Values and gradients of calls, by the loss as it is and compiled. */
  const expectEqual = (loss: AnyLoss, calls: readonly Call[], how: 'value' | 'both' = 'both') => {
    const compiled = compiling(loss);
    const run = (f: AnyLoss) =>
      calls.map(([params, batch], i) => {
        const key = random.key(i);
        const parts = f(params as never, key, batch as never);
        return how === 'value'
          ? parts
          : [parts, valueAndGrad(f as never)(params as never, key, batch as never)];
      });
    expectSame(run(compiled), run(loss));
    return compiled.report();
  };

  const w = () => tf.tensor1d([1, 2, 3]);
  const thrice = (call: Call): readonly Call[] => [call, call, call];

  it('takes one tensor in several places', () => {
    const x = w();
    const loss: AnyLoss = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }, key, { c }: { c: tf.Tensor }) => ({
      loss: noisy(tf.mul(tf.mul(a, tf.square(b)), c), key),
    });
    const other = tf.tensor1d([2, 0, 1]);
    const report = expectEqual(loss, [
      ...thrice([{ a: x, b: x }, { c: other }]),
      ...thrice([{ a: x, b: other }, { c: x }]),
      ...thrice([{ a: x, b: x }, { c: x }]),
    ]);
    if (records) expect(report).toMatchObject({ recordings: 6, replays: 12 });
  });

  it.each([
    ['infinities', [Infinity, -Infinity, Number.NaN]],
    ['zeros', [0, -0]],
    ['nothing and text', [null, undefined, 'null', false, 'a']],
  ])('tells apart numbers in a batch: %s', (_, values) => {
    const loss: AnyLoss = ({ a }: { a: tf.Tensor }, key, { c }: { c: unknown }) => ({
      loss: tf.div(noisy(a, key), typeof c === 'number' ? tf.scalar(c) : tf.scalar(String(c).length)),
    });
    const x = w();
    expectEqual(
      loss,
      values.flatMap((c) => thrice([{ a: x }, { c }])),
      'value',
    );
  });

  it('tells apart lists, records and what is empty', () => {
    const x = w();
    const loss: AnyLoss = (params: { a: tf.Tensor[] | Record<number, tf.Tensor> }, key, batch: Any) => ({
      loss: tf.mul(noisy(params.a[0]!, key), (Array.isArray(params.a) ? 2 : 3) + Object.keys(batch).length),
    });
    expectEqual(loss, [
      ...thrice([{ a: [x] }, {}]),
      ...thrice([{ a: { 0: x } }, {}]),
      ...thrice([{ a: [x] }, { extra: [] }]),
      ...thrice([{ a: [x], more: {} }, {}]),
    ]);
  });

  it('checks the values that its parts check, and weights of rows', () => {
    const model = bayesian()(sequential(linear(3, 4), tf.tanh, linear(4, 2)));
    const score = elbo({ likelihood: categorical(), datasetSize: 10 });
    const loss = pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) as unknown as AnyLoss;
    const params = model.init(random.key(0));
    const batch = (weights: readonly number[]) => ({
      inputs: random.normal(random.key(1), [3, 3]),
      targets: tf.tensor1d([0, 1, 0], 'int32'),
      weights: tf.tensor1d([...weights]),
    });
    const calls = [
      [1, 1, 1],
      [1, 2, 1],
      [0, 1, 2],
      [2, 0, 1],
    ].map((each): Call => [params, batch(each)]);
    const report = expectEqual(loss, calls);
    if (records) expect(report).toMatchObject({ recordings: 2, replays: 6, fallback: undefined });
    if (backend === 'webgpu') return;
    const compiled = compiling(loss);
    for (const [, good] of calls) compiled(params as never, random.key(0), good as never);
    expect(() => compiled(params as never, random.key(0), batch([1, -1, 1]) as never)).toThrow(
      'elbo: weights must be finite numbers of at least 0, got -1',
    );
    const scored: AnyLoss = ({ a }: { a: tf.Tensor }, key, { y }: { y: tf.Tensor }) => ({
      loss: noisy(a, key),
      brier: tf.mean(brierScore(tf.tensor2d([[0.5, 0.5]]), y)),
    });
    const brier = compiling(scored);
    const run = (label: number) =>
      brier({ a: w() } as never, random.key(0), { y: tf.tensor1d([label], 'int32') } as never);
    for (let i = 0; i < 3; i++) run(1);
    expect(() => run(7)).toThrow('brierScore: labels must be');
  });

  it('records embeddings, and statistics of a batch norm', () => {
    const model = bayesian()(sequential(embedding(5, 3), batchNorm(3), linear(3, 2)));
    const score = elbo({ likelihood: categorical(), datasetSize: 10 });
    const loss = pipe(model, withLogProbs, vmapSamples({ samples: 2 }), score) as unknown as AnyLoss;
    const batch = (indices: readonly number[]) => ({
      inputs: tf.tensor1d([...indices], 'int32'),
      targets: tf.tensor1d([0, 1, 0], 'int32'),
    });
    const params = model.init(random.key(0));
    const report = expectEqual(
      loss,
      [
        [0, 1, 2],
        [3, 3, 4],
        [1, 1, 1],
      ].map((each): Call => [params, batch(each)]),
    );
    if (records) expect(report).toMatchObject({ recordings: 2, replays: 4, fallback: undefined });
  });

  const refused: Readonly<Record<string, readonly [why: RegExp, loss: () => AnyLoss]>> = {
    'depends on the step': [
      /two runs of it with other keys and steps differ/,
      () =>
        (({ a }: { a: tf.Tensor }, key: random.Key, _: never, step = 0) => ({
          loss: tf.mul(noisy(a, key), step),
        })) as never,
    ],
    'has a key in its result': [
      /next is neither a tensor nor a number/,
      () =>
        ({ a }: { a: tf.Tensor }, key) => ({ loss: noisy(a, key), next: random.split(key)[0] }),
    ],
  };
  if (backend === 'wasm' && kernels) {
    Object.assign(refused, {
      'has a shape that depends on values': [
        /the shape of a result of Unique depends on values/,
        (): AnyLoss =>
          ({ a }: { a: tf.Tensor }, key, { y }: { y: tf.Tensor1D }) => ({
            loss: tf.mul(noisy(a, key), tf.unique(y).values.shape[0]!),
          }),
      ],
      'writes over tensors': [
        /it writes over tensors/,
        (): AnyLoss => {
          const optimizer = adam({ learningRate: 0.1 });
          return ({ a }: { a: tf.Tensor }, key) => {
            const start = { a: tf.add(a, 0) };
            const state = optimizer.init(start);
            const { params } = optimizer.update.fused!({ a: tf.square(a) }, state, start, true);
            return { loss: noisy((params as typeof start).a, key) };
          };
        },
      ],
    });
  }

  it.each(Object.keys(refused))('runs as it is, with the reason, if it %s', (name) => {
    const [why, make] = refused[name]!;
    const loss = make();
    const reasons: string[] = [];
    const compiled = compiling(loss, (reason) => reasons.push(reason));
    const batches = [
      [1, 1],
      [1, 1],
      [0, 1],
      [1, 2],
    ].map((y) => ({ y: tf.tensor1d(y, 'int32') }));
    // The number of the step is only there in a training.
    const one = (f: AnyLoss): AnyLoss =>
      name === 'depends on the step' ? (stepGradient(f as never) as unknown as AnyLoss) : f;
    const run = (f: AnyLoss) =>
      batches.map((batch, i) => {
        const given = [{ a: w() }, random.key(i), batch] as unknown as [never, random.Key, never];
        return one(f)(...given, ...(name === 'depends on the step' ? [i] : []));
      });
    const losses = (results: readonly unknown[]) =>
      results.map((each) => (Array.isArray(each) ? each : (each as { loss: tf.Tensor }).loss));
    expectSame(losses(run(compiled)), losses(run(loss)));
    expect(reasons).toEqual(records ? [expect.stringMatching(why)] : []);
  });

  it('says so where arguments are never the same', () => {
    const reasons: string[] = [];
    const loss: AnyLoss = ({ a }: { a: tf.Tensor }, key, { i }: { i: number }) => ({
      loss: tf.mul(noisy(a, key), i),
    });
    const compiled = compiling(loss, (reason) => reasons.push(reason));
    for (let i = 0; i < 40; i++) compiled({ a: w() } as never, random.key(0), { i } as never);
    expect(reasons).toEqual(records ? [expect.stringContaining('in each of 16 calls')] : []);
  });

  it('records in the next call if the loss fails while it is recorded', () => {
    const reasons: string[] = [];
    let fails = false;
    const loss: AnyLoss = ({ a }: { a: tf.Tensor }, key) => {
      if (fails) throw new Error('a passing fault');
      return { loss: noisy(a, key) };
    };
    const compiled = compiling(loss, (reason) => reasons.push(reason));
    const run = () => compiled({ a: w() } as never, random.key(0), {} as never);
    run();
    fails = true;
    expect(run).toThrow('a passing fault');
    fails = false;
    run();
    expect(reasons).toEqual([]);
    if (records) expect(compiled.report()).toMatchObject({ recordings: 1, replays: 1 });
  });

  it('leaves what a loss closes over and keeps', () => {
    const scale = tf.scalar(2);
    const loss: AnyLoss = ({ a }: { a: tf.Tensor }, key) => ({ loss: tf.mul(noisy(a, key), tf.keep(scale)) });
    const report = expectEqual(loss, thrice([{ a: w() }, {}]));
    expect(scale.isDisposed).toBe(false);
    if (records) expect(report).toMatchObject({ recordings: 2, replays: 4 });
  });

  it.runIf(backend === 'wasm')('lets go of what a loss closes over wherever that is by then', async () => {
    const held = () => tf.engine().backend.numDataIds();
    const before = held();
    const [scale, a, input] = [tf.scalar(2), w(), random.key(0)];
    const compiled = compile((params: { a: tf.Tensor }, key: random.Key, _: object) =>
      tf.tidy(() => ({ loss: tf.mul(noisy(params.a, key), scale) })),
    );
    for (let i = 0; i < 3; i++) compiled({ a }, input, {}).loss.dispose();
    await tf.setBackend('cpu');
    const times = (factor: number) => tf.tidy(() => tf.mul(scale, factor).dataSync()[0]);
    expect(times(3)).toBe(6);
    await tf.setBackend('wasm');
    compiled.dispose();
    expect(times(4)).toBe(8);
    tf.dispose([scale, a]);
    expect(held()).toBe(before);
  });

  it('runs a loss as it is that reads values later', async () => {
    if (backend === 'webgpu') return;
    const log = vi.fn();
    const loss: AnyLoss = ({ a }: { a: tf.Tensor }, key) => {
      const value = noisy(a, key);
      void value.data().then(([first]) => log(Number.isFinite(first)));
      return { loss: value };
    };
    const compiled = compiling(loss);
    for (let i = 0; i < 3; i++) compiled({ a: w() } as never, random.key(i), {} as never);
    await vi.waitFor(() => expect(log.mock.calls.length).toBeGreaterThanOrEqual(3));
    expect(log.mock.calls.flat()).not.toContain(false);
  });

  it('is trained as it is, with the reason, if it takes the step', () => {
    const reasons: string[] = [];
    const loss = ((params: { a: tf.Tensor }, key: random.Key, _: object, step: number) => ({
      loss: tf.mul(noisy(params.a, key), step + 1),
    })) as unknown as AnyLoss;
    const compiled = compiling(loss, (reason) => reasons.push(reason));
    const trained = (f: AnyLoss) => {
      const { init, update } = trainStep(f as never, sgd({ learningRate: 0.1 }));
      let state = init({ a: w() } as never, random.key(0));
      for (let i = 0; i < 4; i++) state = update(state, {} as never).state;
      return state.params;
    };
    expectSame(trained(compiled), trained(loss));
    expect(reasons).toEqual([expect.stringMatching(/not recorded: it takes the number of the step/)]);
  });

  it('gets the step where it is run as it is', () => {
    const steps: (number | undefined)[] = [];
    const loss: AnyLoss = ((
      { a }: { a: tf.Tensor },
      key: random.Key,
      _: never,
      ...[step]: readonly number[]
    ) => {
      steps.push(step);
      return { loss: tf.mul(noisy(a, key), step ?? 0) };
    }) as never;
    const training = trainStep(compiling(loss) as never, sgd({ learningRate: 0.1 }));
    let state = training.init({ a: w() } as never, random.key(0));
    for (let i = 0; i < 4; i++) state = training.update(state, {} as never).state;
    expect(steps.at(-1)).toBe(3);
  });
});
