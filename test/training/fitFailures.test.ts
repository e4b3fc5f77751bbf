import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { adam, batches, fit, random, type StepInfo, sgd, trainStep, tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { problem } from './support/problem.ts';

type Batch = { readonly inputs: tf.Tensor; readonly targets: tf.Tensor };
type Params = { readonly a: { readonly w: tf.Tensor }; readonly b: tf.Tensor };

/** Runs `fit` to its failure, and expects that it leaves nothing behind. */
const failure = async (run: () => Promise<unknown>): Promise<string> => {
  const before = tf.memory().numTensors;
  const error: unknown = await run().then(
    () => 'it did not fail',
    (reason: unknown) => (reason instanceof Error ? reason.message : reason),
  );
  expect(tf.memory().numTensors).toBe(before);
  return String(error);
};

const tiny = () => {
  const inputs = tf.ones([4, 1]);
  return {
    data: batches({ inputs, targets: inputs }, { size: 2 }),
    init: (): Params => ({ a: { w: tf.ones([2]) }, b: tf.ones([3]) }),
  };
};

/** Training of `tiny` with a loss of one's own. */
const train = (
  loss: (params: Params, n: number) => tf.Tensor,
  {
    learningRate = 0.1,
    epochs = 2,
    parts = {},
  }: { learningRate?: number; epochs?: number; parts?: object } = {},
) => {
  const { data, init } = tiny();
  const count = { n: 0 };
  const step = trainStep((params: Params, _: random.Key, __: Batch) => {
    count.n += 1;
    return { loss: loss(params, count.n), ...tree.map((x) => tf.clone(x))(parts) };
  }, sgd({ learningRate }));
  return failure(() => fit(step, { init, key: random.key(0), batches: data, epochs, progress: false }));
};

const sum = ({ a, b }: Params): tf.Tensor => tf.add(tf.sum(a.w), tf.sum(b));

describeOnBackends('fit that fails', () => {
  it.each([1, 2, 3, 4])('leaks nothing when the loss throws at step %i', async (at) => {
    const message = await train((params, n) => {
      const value = tf.square(sum(params));
      if (n === at) throw new Error(`no loss at ${n}`);
      return value;
    });
    expect(message).toBe(`no loss at ${at}`);
  });

  it('leaks nothing when a callback throws or rejects', async () => {
    const { model, step, data } = problem();
    const thrower = (at: number) => (info: StepInfo<unknown, unknown, unknown>) => {
      if (info.step === at) throw new Error(`stop at ${at}`);
    };
    const run = (callbacks: object) =>
      failure(() =>
        fit(step, {
          init: model.init,
          key: random.key(0),
          batches: data,
          epochs: 2,
          progress: false,
          ...callbacks,
        }),
      );
    expect(await run({ onStep: thrower(1) })).toBe('stop at 1');
    expect(await run({ onStep: thrower(5) })).toBe('stop at 5');
    expect(await run({ onEpoch: thrower(3) })).toBe('stop at 3');
    expect(await run({ onStep: async () => Promise.reject(new Error('later')) })).toBe('later');
  });

  it('leaves the given state alone when it fails', async () => {
    const { model, step, data } = problem();
    const state = step.init(model.init(random.key(0)), random.key(1));
    const onStep = ({ step: n }: { readonly step: number }) => {
      if (n === 2) throw new Error('stop');
    };
    expect(await failure(() => fit(step, { state, batches: data, epochs: 1, progress: false, onStep }))).toBe(
      'stop',
    );
    expect(tree.leaves([state.params, state.optimizer]).some((x) => x.isDisposed)).toBe(false);
  });

  it('leaks nothing when training cannot start', async () => {
    const { data, init } = tiny();
    const common = { key: random.key(0), batches: data, epochs: 1, progress: false } as const;
    const step = trainStep(
      (p: Params, _: random.Key, __: Batch) => ({ loss: sum(p) }),
      sgd({ learningRate: 1 }),
    );
    const thrown = () => {
      throw new Error('no parameters');
    };
    expect(await failure(() => fit(step, { ...common, init: thrown }))).toBe('no parameters');
    const broken = { ...step, init: thrown };
    expect(await failure(() => fit(broken, { ...common, init }))).toBe('no parameters');
  });

  it('rejects labels outside the classes by name, on a GPU by their loss', async () => {
    const { model, step, inputs } = problem();
    const targets: tf.Tensor = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1, 0, 2], 'int32');
    const data = batches({ inputs, targets }, { size: 4 });
    expect(
      await failure(() =>
        fit(step, { init: model.init, key: random.key(0), batches: data, epochs: 1, progress: false }),
      ),
    ).toMatch(
      canReadSync()
        ? /^categorical: targets must be class labels, integers from 0 to 1, got 2$/
        : /^fit: the loss is NaN at step/,
    );
  });

  it('throws for a loss that turns NaN, naming the step, the parts and the first variable', async () => {
    const bad = (values: readonly number[]) => tf.tensor1d([...values]);
    // The second step multiplies b by NaN: what was finite is NaN in its gradient.
    expect(
      await train(
        ({ a, b }, n) => tf.add(tf.sum(a.w), tf.sum(tf.mul(b, bad([1, n === 2 ? Number.NaN : 1, 1])))),
        {
          parts: { dataFitting: tf.scalar(2.5) },
        },
      ),
    ).toBe(
      "fit: the loss is NaN at step 2 (dataFitting 2.5): all variables were finite before it; 'b' is the first whose gradient is not",
    );
    // From data, say: no variable is to blame. A GPU reads this loss after the epoch, when that step's gradients are gone.
    expect(await train(({ a, b }, n) => tf.add(sum({ a, b }), n === 3 ? Number.NaN : 0))).toBe(
      `fit: the loss is NaN at step 3: all variables ${
        canReadSync() ? 'and gradients are finite' : 'are finite at step 4'
      }, so check the inputs, targets and the likelihood`,
    );
    // A step so long that the variable overflows, which the loss shows a step later.
    expect(
      await train(
        ({ a, b }, n) => tf.add(sum({ a, b }), n === 1 ? tf.mul(tf.sum(tf.square(a.w)), 1e38) : 0),
        {
          learningRate: 1e6,
        },
      ),
    ).toBe("fit: the loss is -Infinity at step 2: 'a.w' is the first variable that is not finite");
  });

  it('throws for a NaN gradient of a finite loss, at the latest after the epoch', async () => {
    // sqrt'(0) is infinite and times 0 NaN.
    const broken = ({ a, b }: Params): tf.Tensor => tf.add(tf.sum(a.w), tf.sum(tf.sqrt(tf.mul(b, 0))));
    expect(await train((params, n) => (n === 2 ? broken(params) : sum(params)), { epochs: 1 })).toBe(
      "fit: the loss is 1.7999999523162842 at step 2, but all variables were finite before it; 'b' is the first whose gradient is not",
    );
    expect(await train((params, n) => (n === 1 ? broken(params) : sum(params)))).toBe(
      "fit: the loss is NaN at step 2: 'b' is the first variable that is not finite",
    );
  });

  it('refuses parameters that start with NaN', async () => {
    const { step, data, model } = problem();
    const init = (key: random.Key) => {
      const start = model.init(key);
      return {
        ...start,
        last: { ...start.last, bias: { ...start.last.bias, logStd: tf.tensor1d([0, Number.NaN]) } },
      };
    };
    const before = vi.fn();
    const message = await failure(() =>
      fit(step, {
        init: (key) => tf.tidy(() => tree.map((x) => tf.clone(x))(init(key)) as never),
        key: random.key(0),
        batches: data,
        epochs: 1,
        progress: false,
        onStep: before,
      }),
    );
    // A GPU reads the loss after the epoch of three steps, when Adam has spread the NaN to every variable.
    const late = !canReadSync();
    expect(message).toMatch(
      late
        ? /^fit: the loss is NaN at step 1 \(.*\): at step 3 'hidden.weight.mean' is the first variable that is not finite$/
        : /^fit: the loss is NaN at step 1 \(.*\): 'last.bias.logStd' is the first variable that is not finite$/,
    );
    expect(before).toHaveBeenCalledTimes(late ? 2 : 0);
  });

  it('refuses each bad option by name', async () => {
    const { step, data, model } = problem();
    const good = { init: model.init, key: random.key(0), batches: data, epochs: 1, progress: false };
    const refused = (change: object, of: unknown = step) =>
      failure(() => fit(of as typeof step, { ...good, ...change } as typeof good));
    for (const epochs of [0, -1, 1.5, undefined, '3'])
      expect(await refused({ epochs })).toMatch(/^fit: epochs must be a positive integer, got/);
    expect(await refused({ batches: [] })).toMatch(
      /^fit: batches must be what batches\(\) or stream\(\) returns, or a record with a length and epoch\(key, epoch\), got/,
    );
    for (const length of [undefined, 0, 1.5, '2'])
      expect(await refused({ batches: { ...data, length } })).toMatch(
        /^fit: batches.length must be a positive integer, got/,
      );
    expect(await refused({ batches: { ...data, epoch: () => ({}) } })).toMatch(
      /^fit: result of batches.epoch must be a record with at\(index\), which returns a batch, or an async iterable of batches, got/,
    );
    for (const none of [undefined, Promise.resolve()])
      expect(await refused({ batches: { ...data, epoch: () => ({ at: () => none }) } })).toMatch(
        /^fit: batch 0 of an epoch must be what the loss takes, got/,
      );
    expect(await refused({ init: undefined })).toMatch(
      /^fit: init must be a function from a key to parameters/,
    );
    expect(await refused({ key: 0 })).toMatch(/^fit: key must be a random key, got 0/);
    expect(await refused({ key: undefined })).toMatch(/^fit: key must be a random key, got undefined/);
    expect(await refused({ state: 3 })).toMatch(/^fit: state must be a training state/);
    const sent = structuredClone(step.init(model.init(random.key(0)), random.key(1)));
    expect(await refused({ state: sent })).toMatch(
      /^fit: state.key must be a random key, got .*; a key sent through postMessage or JSON is empty/,
    );
    expect(await refused({}, adam({ learningRate: 1 }).init)).toMatch(
      /^fit: step must be what trainStep\(\) returns/,
    );
  });
});
