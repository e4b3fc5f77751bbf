import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  adam,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  pipe,
  random,
  stream,
  trainStep,
  tree,
  withDivergence,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectSame } from '../transforms/support/compare.ts';
import { rejection } from './support/reading.ts';
import { expectNoTensorsLeft } from './support/streams.ts';

const rows = 23;
const size = 5;
const table = Array.from({ length: rows }, (_, row) => ({ inputs: [row / rows, 1], targets: [row / 7] }));

describeOnBackends('fit of a stream', () => {
  expectNoTensorsLeft();

  const model = bayesian()(linear(2, 1));
  const loss = pipe(
    model,
    withDivergence,
    elbo({ likelihood: gaussian({ std: 1 }), datasetSize: rows, temperature: 0.1 }),
  );
  const step = trainStep(loss, adam({ learningRate: 0.01 }));
  const start = { init: model.init, key: random.key(1) };
  const common = { epochs: 3, progress: false };

  it('is that of the same batches in memory, bit for bit, also if it is stopped and resumed', async () => {
    const whole = {
      inputs: tf.tensor2d(table.map(({ inputs }) => inputs)),
      targets: tf.tensor2d(table.map(({ targets }) => targets)),
    };
    const inMemory = batches(whole, { size, shuffle: false });
    const expected = await fit(step, { ...common, ...start, batches: inMemory });
    const source = stream(() => table, { rows, size });
    const own = await fit(step, { ...common, ...start, batches: source });
    expectSame(own.params, expected.params);
    const controller = new AbortController();
    const onStep = (info: { readonly step: number }) => {
      if (info.step === 7) controller.abort();
    };
    const stopped = await fit(step, {
      ...common,
      ...start,
      batches: source,
      signal: controller.signal,
      onStep,
    });
    expect([stopped.step, stopped.aborted]).toEqual([7, true]);
    const resumed = await fit(step, { ...common, state: stopped, batches: source });
    expectSame(resumed.params, expected.params);
    tree.dispose([whole, expected, own, stopped, resumed].map((each) => ({ ...each })));
  });

  it('resumes a shuffled stream where it was', async () => {
    const source = stream(() => table, { rows, size, shuffle: 8 });
    const whole = await fit(step, { ...common, ...start, batches: source });
    const controller = new AbortController();
    const stopped = await fit(step, {
      ...common,
      ...start,
      batches: source,
      signal: controller.signal,
      onStep: (info) => {
        if (info.step === 3) controller.abort();
      },
    });
    const resumed = await fit(step, { ...common, state: stopped, batches: source });
    expectSame(resumed.params, whole.params);
    tree.dispose([whole, stopped, resumed].map((each) => ({ ...each })));
  });

  it('passes on what is wrong with a stream', async () => {
    const run = (given: number) =>
      rejection(fit(step, { ...common, ...start, batches: stream(() => table, { rows: given, size }) }));
    expect(await run(30)).toBe('stream: epoch 0 ended after 23 of 30 rows');
    expect(await run(20)).toBe('stream: epoch 0 must end after 20 rows, got more');
  });

  it('stops at once when aborted, though a read never settles', async () => {
    const controller = new AbortController();
    const stuck = async function* () {
      yield* table.slice(0, size);
      controller.abort();
      await new Promise(() => {});
      yield* table;
    };
    const stopped = await fit(step, {
      ...common,
      ...start,
      batches: stream(stuck, { rows, size, prefetch: 0 }),
      signal: controller.signal,
    });
    expect([stopped.step, stopped.aborted]).toEqual([1, true]);
    tree.dispose({ ...stopped });
  });
});
