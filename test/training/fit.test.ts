import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { batches, fit, random, type StepInfo, tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { values } from '../support/numbers.ts';
import { expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

const options = ({ model, data }: ReturnType<typeof problem>) =>
  ({ init: model.init, key: random.key(0), batches: data, progress: false }) as const;

describeOnBackends('fit', () => {
  it('is the loop of updates by hand, over the batches of each epoch', async () => {
    const made = problem();
    const { step, data, model } = made;
    const seen: number[] = [];
    const { history, aborted, ...state } = await fit(step, {
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
    expect(aborted).toBe(false);
    expect(history.map(({ loss }) => loss)).toEqual(
      [losses.slice(0, 3), losses.slice(3)].map((three) => three.reduce((a, b) => a + b, 0) / 3),
    );
    expect(Object.keys(history[0]!)).toEqual(['loss', 'dataFitting', 'divergence']);
  });

  it('gives the same for the same key, and another result for another', async () => {
    const made = problem();
    const run = (seed: number) => fit(made.step, { ...options(made), key: random.key(seed), epochs: 1 });
    const [a, b, c] = [await run(0), await run(0), await run(1)];
    expectSame(a.params, b.params);
    expect(a.history).toEqual(b.history);
    expect(read(a.params)).not.toEqual(read(c.params));
  });

  it('calls back after each step and each epoch, awaits it, with tensors that are alive', async () => {
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

  it('goes on from a state as if it had never stopped, bit for bit, also in the middle of an epoch', async () => {
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

  it('gives back a state of its own where there is nothing left to do', async () => {
    const made = problem();
    const first = await fit(made.step, { ...options(made), epochs: 1 });
    const second = await fit(made.step, { state: first, batches: made.data, epochs: 1, progress: false });
    expect([second.step, second.history]).toEqual([3, []]);
    const before = read(first.params);
    tree.dispose([first.params, first.optimizer]);
    expect(read(second.params)).toEqual(before);
  });

  it('stops on a signal that was given before it began, with the first state', async () => {
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

  it('works on batches of other rows than it stands for, with shuffle off', async () => {
    const made = problem();
    const { inputs, targets } = made;
    const one = batches({ inputs, targets }, { size: 100, shuffle: false });
    const { step, history } = await fit(made.step, { ...options(made), batches: one, epochs: 2 });
    expect([step, history.length]).toEqual([2, 2]);
  });
});
