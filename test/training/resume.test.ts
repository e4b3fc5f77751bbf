import '@tensorflow/tfjs-backend-cpu';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adam, categorical, checkpoint, fit, random, sgd, trainStep, tree } from '../../src/index.ts';
import { expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

let folder = '';
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resume-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const setup = () => {
  const made = problem();
  const { model, data, inputs, targets } = made;
  const path = join(folder, 'run.safetensors');
  const options = {
    model,
    key: random.key(0),
    batches: data,
    epochs: 4,
    progress: false,
    validation: { data: { inputs, targets }, likelihood: categorical() },
    stopping: { patience: 10, window: 1 },
    checkpoint: { path, every: 2 },
  } as const;
  return { ...made, path, options };
};

/** Stops a run after a step by throwing, as a crash would. */
const crash = (after: number) => ({
  onStep: ({ step }: { readonly step: number }) => {
    if (step === after) throw new Error('crash');
  },
});

describe('fit with a checkpoint', () => {
  it.each([1, 2, 3, 4, 5, 7, 11])('resumes to the same bits after a crash at step %i', async (after) => {
    const { step, options, path } = setup();
    const whole = await fit(step, { ...options, checkpoint: { path: join(folder, 'whole.safetensors') } });
    const before = tf.memory().numTensors;
    await expect(fit(step, { ...options, ...crash(after) })).rejects.toThrow('crash');
    expect(tf.memory().numTensors).toBe(before);
    const steps: number[] = [];
    const rest = await fit(step, { ...options, onStep: ({ step: n }) => void steps.push(n) });
    const saves = [2, 3, 4, 6, 8, 9, 10, 12].filter((n) => n < after);
    expect(steps[0]).toBe((saves.at(-1) ?? 0) + 1);
    expectSame([rest.params, rest.optimizer], [whole.params, whole.optimizer]);
    expect(rest.validations).toEqual(whole.validations);
    expect([rest.best!.epoch, rest.best!.scores]).toEqual([whole.best!.epoch, whole.best!.scores]);
    expect(read(rest.best!.params)).toEqual(read(whole.best!.params));
    expect(rest.history.length).toBe(4);
    // Of an epoch that was resumed in its middle, the mean is over the rest.
    if (after < 10) expect(rest.history.at(-1)!.loss).toBe(whole.history.at(-1)!.loss);
    expect(existsSync(path)).toBe(true);
  });

  it('saves when the signal stops it, and returns the saved run if nothing remains', async () => {
    const { step, options, model, path } = setup();
    const stop = new AbortController();
    const part = await fit(step, {
      ...options,
      checkpoint: { path },
      signal: stop.signal,
      onStep: ({ step: n }) => void (n === 5 && stop.abort()),
    });
    expect([part.aborted, part.step]).toEqual([true, 5]);
    const optimizer = adam({ learningRate: 1e-2 });
    const saved = await checkpoint.load(model, { optimizer })(path)();
    expect(E.isRight(saved) && saved.right.step).toBe(5);
    const done = await fit(step, { ...options, checkpoint: { path } });
    const before = tf.memory().numTensors;
    const again = await fit(step, { ...options, checkpoint: { path } });
    const kept = tree.leaves([again.params, again.optimizer, again.best!.params]);
    expect(tf.memory().numTensors - before).toBe(kept.length);
    expectSame(again.params, done.params);
    expect([again.history, again.validations]).toEqual([done.history, done.validations]);
  });

  it('opens the best parameters as a checkpoint of their own', async () => {
    const { step, options, model } = setup();
    const { best } = await fit(step, options);
    const loaded = await checkpoint.load(model)(join(folder, 'run.best.safetensors'))();
    expect(E.isRight(loaded) && read(loaded.right)).toEqual(read(best!.params));
  });

  it('rejects a file that is not of this run, and bad options, and leaves nothing', async () => {
    const { step, options, loss, path } = setup();
    await fit(step, { ...options, epochs: 1 });
    const before = tf.memory().numTensors;
    const other = trainStep(loss, sgd({ learningRate: 1, momentum: 0.9 }));
    await expect(fit(other, options)).rejects.toThrow(/^fit: cannot resume from .*run.safetensors: /);
    writeFileSync(path, 'no checkpoint');
    await expect(fit(step, options)).rejects.toThrow(/^fit: cannot read .*run.safetensors: /);
    const missing = { path: join(folder, 'missing', 'run.safetensors') };
    await expect(fit(step, { ...options, checkpoint: missing })).rejects.toThrow(
      /^fit: cannot save .*missing/,
    );
    for (const bad of [{ path: '' }, { path: 3 }, { path, every: 0 }, { file: path }])
      await expect(fit(step, { ...options, checkpoint: bad as never })).rejects.toThrow(/^fit: checkpoint/);
    await expect(
      fit(step, { ...options, model: undefined, init: options.model.init } as never),
    ).rejects.toThrow(/^fit: model must be given/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
