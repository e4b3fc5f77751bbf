import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { type Batches, batches, fit, random, type StepInfo, sgd, trainStep, tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

const options = ({ model, data }: ReturnType<typeof problem>) =>
  ({ init: model.init, key: random.key(0), batches: data, progress: false }) as const;

describeOnBackends('fit', () => {
  it('equals a manual loop of updates over the batches of each epoch', async () => {
    const made = problem();
    const { step, data, model } = made;
    const seen: number[] = [];
    const { history, aborted, validations, best, stopped, ...state } = await fit(step, {
      ...options(made),
      epochs: 2,
      onStep: ({ parts }) => void seen.push(...values(parts.loss)),
    });
    const [startKey, noiseKey] = random.split(random.key(0)) as [random.Key, random.Key];
    let byHand = step.init(model.init(startKey), noiseKey);
    const losses: number[] = [];
    for (const epoch of [0, 1]) {
      const order = data.epoch(random.foldIn(noiseKey, 0xffffffff), epoch);
      for (const index of [0, 1, 2]) {
        const { state: next, parts } = step.update(byHand, order.at(index));
        losses.push(...values(parts.loss));
        byHand = next;
      }
    }
    expectSame(state, byHand);
    expect(state.step).toBe(6);
    expect(seen).toEqual(losses);
    expect([aborted, validations, best, stopped]).toEqual([false, [], undefined, false]);
    // Batches of 4, 4 and 2 rows.
    expectNumbers(
      history.map(({ loss }) => loss ?? Number.NaN),
      [losses.slice(0, 3), losses.slice(3)].map(([a, b, c]) => (4 * a! + 4 * b! + 2 * c!) / 10),
      1e-12,
    );
    expect(Object.keys(history[0]!)).toEqual(['loss', 'dataFitting', 'divergence']);
  });

  it('is the same for the same key, and differs for another', async () => {
    const made = problem();
    const run = (seed: number) => fit(made.step, { ...options(made), key: random.key(seed), epochs: 1 });
    const [a, b, c] = [await run(0), await run(0), await run(1)];
    expectSame(a.params, b.params);
    expect(a.history).toEqual(b.history);
    expect(read(a.params)).not.toEqual(read(c.params));
  });

  it('awaits a callback after each step and each epoch, with tensors that are not disposed', async () => {
    const made = problem();
    const calls: string[] = [];
    const note =
      (name: string) =>
      async ({ step, epoch, parts, state }: StepInfo<unknown, { loss: tf.Tensor }, unknown>) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const loss = (await parts.loss.data())[0]!;
        const alive = tree.leaves([state.params, state.optimizer, parts]).every((x) => !x.isDisposed);
        calls.push(`${name} ${epoch}.${step} ${Number.isFinite(loss)} ${alive} ${state.step === step}`);
      };
    await fit(made.step, { ...options(made), epochs: 2, onStep: note('step'), onEpoch: note('epoch') });
    const fine = 'true true true';
    expect(calls).toEqual([
      ...[1, 2, 3].map((n) => `step 1.${n} ${fine}`),
      `epoch 1.3 ${fine}`,
      ...[4, 5, 6].map((n) => `step 2.${n} ${fine}`),
      `epoch 2.6 ${fine}`,
    ]);
  });

  it('disposes every state but the last, the batches and the parts', async () => {
    const made = problem();
    const before = tf.memory().numTensors;
    const old: tf.Tensor[] = [];
    const { params, optimizer } = await fit(made.step, {
      ...options(made),
      epochs: 3,
      onStep: ({ state, parts }) => void old.push(...tree.leaves([state.params, state.optimizer, parts])),
    });
    const kept = tree.leaves([params, optimizer]);
    expect(tf.memory().numTensors - before).toBe(kept.length);
    expect(old.filter((x) => !x.isDisposed).length).toBe(kept.length);
    tree.dispose([params, optimizer]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('resumes from a state as if it had never stopped, bit for bit, also in the middle of an epoch', async () => {
    const made = problem();
    const whole = await fit(made.step, { ...options(made), epochs: 3 });
    for (const stopAt of [1, 3, 5]) {
      const stop = new AbortController();
      const part = await fit(made.step, {
        ...options(made),
        epochs: 3,
        signal: stop.signal,
        onStep: ({ step }) => (step === stopAt ? stop.abort() : undefined),
      });
      expect([part.step, part.aborted, part.history.length]).toEqual([stopAt, true, Math.floor(stopAt / 3)]);
      const kept = read([part.params, part.optimizer]);
      const { data: batches } = made;
      const rest = await fit(made.step, { state: part, batches, epochs: 3, progress: false });
      expectSame([rest.params, rest.optimizer], [whole.params, whole.optimizer]);
      expect([rest.step, rest.aborted]).toEqual([9, false]);
      expect(rest.history.at(-1)).toEqual(whole.history.at(-1));
      expect(read([part.params, part.optimizer])).toEqual(kept);
    }
  });

  it('resumes with other batches at the end of an epoch: runs the remaining epochs, whatever their length', async () => {
    const made = problem();
    const { inputs, targets, step } = made;
    const sized = (size: number) => batches({ inputs, targets }, { size });
    const first = await fit(step, { ...options(made), batches: sized(1), epochs: 5 });
    expect([first.step, first.epochs]).toEqual([50, { step: 0, epoch: 0, length: 10 }]);
    const seen: (readonly number[])[] = [];
    const second = await fit(step, {
      state: first,
      batches: sized(2),
      epochs: 8,
      progress: false,
      onStep: ({ step, epoch }) => void seen.push([step, epoch]),
    });
    expect([second.step, second.history.length, second.epochs]).toEqual([
      65,
      3,
      { step: 50, epoch: 5, length: 5 },
    ]);
    expect(seen.map(([, epoch]) => epoch)).toEqual([6, 7, 8].flatMap((epoch) => Array(5).fill(epoch)));
    // And on from there, stopped in the middle of an epoch, and resumed.
    const whole = await fit(step, { state: second, batches: sized(5), epochs: 12, progress: false });
    expect([whole.step, whole.history.length]).toEqual([73, 4]);
    const stop = new AbortController();
    const part = await fit(step, {
      state: second,
      batches: sized(5),
      epochs: 12,
      progress: false,
      signal: stop.signal,
      onStep: ({ step }) => (step === 68 ? stop.abort() : undefined),
    });
    const rest = await fit(step, { state: part, batches: sized(5), epochs: 12, progress: false });
    expectSame([rest.params, rest.optimizer], [whole.params, whole.optimizer]);
    await expect(fit(step, { state: part, batches: sized(2), epochs: 12, progress: false })).rejects.toThrow(
      'fit: batches must have 2 in an epoch, as before, since state is in the middle of one (1 of 2 done), got 5',
    );
    const none = await fit(step, { state: whole, batches: sized(2), epochs: 3, progress: false });
    expect([none.step, none.history, none.aborted]).toEqual([73, [], false]);
  });

  it('counts manual steps after a fit among its epochs', async () => {
    const made = problem();
    const { step, data } = made;
    const first = await fit(step, { ...options(made), epochs: 1 });
    const { state } = step.update(first, data.epoch(random.key(0), 0).at(0));
    expect([state.step, state.epochs]).toEqual([4, first.epochs]);
    const rest = await fit(step, { state, batches: data, epochs: 2, progress: false });
    expect([rest.step, rest.history.length]).toEqual([6, 1]);
  });

  it('counts the steps of a state that fit did not make as its own, unless there are too many', async () => {
    const made = problem();
    const { step, data, model } = made;
    const start = step.init(model.init(random.key(0)), random.key(1));
    const byHand = { ...start, step: 4 };
    const { step: last, history } = await fit(step, {
      state: byHand,
      batches: data,
      epochs: 3,
      progress: false,
    });
    expect([last, history.length]).toEqual([9, 2]);
    await expect(fit(step, { state: byHand, batches: data, epochs: 1, progress: false })).rejects.toThrow(
      'fit: state has made 4 steps, more than the 3 of 1 epochs of 3 batches, and does not record the length of an epoch',
    );
    const said = { ...byHand, epochs: { step: 4, epoch: 1, length: 4 } };
    const on = await fit(step, { state: said, batches: data, epochs: 2, progress: false });
    expect([on.step, on.history.length]).toEqual([7, 1]);
    for (const epochs of [
      null,
      3,
      { step: 5, epoch: 0, length: 3 },
      { step: 0, epoch: 0, length: 0 },
      { epoch: 1 },
    ])
      await expect(
        fit(step, { state: { ...byHand, epochs } as never, batches: data, epochs: 3, progress: false }),
      ).rejects.toThrow(
        'fit: state.epochs must be counts { step, epoch, length }, with a step that has been made',
      );
  });

  it('weights each batch by its rows', async () => {
    // The mean of the batches' means would be 77.8.
    const rows = tf.tensor1d([...Array<number>(9).fill(46.55), 109.05]);
    const step = trainStep(
      (params: { readonly w: tf.Tensor }, _key, { inputs }: { readonly inputs: tf.Tensor }) =>
        tf.tidy(() => ({
          loss: tf.add(tf.mean(inputs), tf.mul(0, tf.sum(params.w))),
          twice: tf.mul(2, tf.mean(inputs)),
        })),
      sgd({ learningRate: 1 }),
    );
    const run = (
      data: Pick<Batches<{ readonly inputs: tf.Tensor; readonly targets: tf.Tensor }>, 'length' | 'epoch'>,
    ) =>
      fit(step, {
        init: () => ({ w: tf.zeros([1]) as tf.Tensor }),
        key: random.key(0),
        batches: data,
        epochs: 1,
        progress: false,
      });
    const data = batches({ inputs: rows, targets: rows }, { size: 9, shuffle: false });
    const mean = 52.8;
    const { history } = await run(data);
    expectNumbers([history[0]!.loss!, history[0]!.twice!], [mean, 2 * mean]);
    // A record made by hand, with no more than fit needs.
    const byHand = { length: data.length, epoch: data.epoch };
    expectNumbers([(await run(byHand)).history[0]!.loss!], [mean]);
  });

  it('returns a new state if no epochs remain', async () => {
    const made = problem();
    const first = await fit(made.step, { ...options(made), epochs: 1 });
    const second = await fit(made.step, { state: first, batches: made.data, epochs: 1, progress: false });
    expect([second.step, second.history]).toEqual([3, []]);
    const before = read(first.params);
    tree.dispose([first.params, first.optimizer]);
    expect(read(second.params)).toEqual(before);
  });

  it('stops with the first state if the signal was aborted before it began', async () => {
    const made = problem();
    const before = tf.memory().numTensors;
    const update = vi.fn(made.step.update);
    const none = await fit(
      { ...made.step, update },
      { ...options(made), epochs: 1, signal: AbortSignal.abort() },
    );
    expect(update).not.toHaveBeenCalled();
    expect([none.step, none.aborted, none.history]).toEqual([0, true, []]);
    expect(tf.memory().numTensors - before).toBe(tree.leaves([none.params, none.optimizer]).length);
  });

  it('lets timers run meanwhile, so that one can stop it', async () => {
    const made = problem();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1);
    const { aborted } = await fit(made.step, { ...options(made), epochs: 10_000, signal: stop.signal });
    expect(aborted).toBe(true);
  });

  it('works on batches whose row counts vary, with shuffle off', async () => {
    const made = problem();
    const { inputs, targets } = made;
    const one = batches({ inputs, targets }, { size: 100, shuffle: false });
    const { step, history } = await fit(made.step, { ...options(made), batches: one, epochs: 2 });
    expect([step, history.length]).toEqual([2, 2]);
  });
});
