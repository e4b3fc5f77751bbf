import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
  linear,
  predict,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from '../../../src/index.ts';
import { describeOnWebgpu, expectSame, on } from './support.ts';

const network = sequential(linear(4, 8), tf.relu, linear(8, 3));
const model = bayesian()(network);
const likelihood = categorical();
const loss = elbo({ likelihood, datasetSize: 20 })(vmapSamples({ samples: 3 })(withLogProbs(model)));
const step = trainStep(loss, adam({ learningRate: 1e-2 }));

/** Inputs in two clouds; labels from a list, so that making them needs no read. */
const data = () => ({
  inputs: random.normal(random.key(1), [20, 4]),
  targets: tf.tensor1d(
    Array.from({ length: 20 }, (_, i) => i % 3),
    'int32',
  ),
});

const reads = () => {
  const backend = tf.backend();
  const spies = [
    vi.spyOn(backend, 'read'),
    vi.spyOn(backend, 'readSync'),
    vi.spyOn(GPUBuffer.prototype, 'mapAsync'),
  ];
  return () => spies.map((spy) => spy.mock.calls.length);
};

describeOnWebgpu('on webgpu', () => {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a training step and a prediction read nothing back', async () => {
    const given = data();
    const params = model.init(random.key(0));
    const counts = reads();
    let state = step.init(params, random.key(2));
    for (let at = 0; at < 3; at++) {
      const next = step.update(state, given, { donate: true });
      tree.dispose(next.parts);
      state = next.state;
    }
    const prediction = predict(model, { likelihood, samples: 5, chunk: 2, batchSize: 16 })(
      state.params,
      random.key(3),
      given.inputs,
    );
    expect(counts()).toEqual([0, 0, 0]);
    expect((await prediction.mean.data()).every(Number.isFinite)).toBe(true);
    expect(counts()).toEqual([1, 0, 1]);
    tree.dispose([given, params, state.params, state.optimizer, prediction]);
  });

  test('training reads the losses of sixteen steps at a time, and checks the variables once per epoch', async () => {
    const given = data();
    const counts = reads();
    // 20 steps: 16 and 4, and the variables.
    const state = await fit(step, {
      init: model.init,
      key: random.key(0),
      epochs: 1,
      batches: batches(given, { size: 1 }),
      progress: false,
    });
    expect(counts()).toEqual([3, 0, 3]);
    expect(state.history).toHaveLength(1);
    tree.dispose([given, state.params, state.optimizer]);
  });

  test('training equals that of wasm, including its history', async () => {
    const histories: (readonly Readonly<Record<string, number>>[])[] = [];
    const trained = async (backend: string) => {
      await tf.setBackend(backend);
      const given = data();
      const { params, optimizer, history } = await fit(step, {
        init: model.init,
        key: random.key(0),
        epochs: 2,
        batches: batches(given, { size: 8 }),
        progress: false,
      });
      const numbers = await on(backend, () => tree.leaves(params).map((x) => tf.clone(x)));
      histories.push(history);
      await tf.setBackend(backend);
      tree.dispose([given, params, optimizer]);
      await tf.setBackend('webgpu');
      return numbers;
    };
    expectSame(await trained('webgpu'), await trained('wasm'), 1e-4);
    const [ours, wanted] = histories;
    ours!.forEach((means, epoch) => {
      for (const [name, value] of Object.entries(means))
        expect(Math.abs(value / wanted![epoch]![name]! - 1)).toBeLessThan(1e-4);
    });
  });

  test('a loss that is not finite is reported with its step, although it is read later', async () => {
    const given = data();
    const broken = trainStep(
      (params: ReturnType<typeof model.init>, key, batch: typeof given) => {
        const { loss: value } = loss(params, key, batch);
        return { loss: random.bits(key)[0]! === failing ? tf.mul(value, Number.NaN) : value };
      },
      adam({ learningRate: 1e-2 }),
    );
    const [, noise] = random.split(random.key(0)) as readonly [random.Key, random.Key];
    // The key of the third step.
    const failing = random.bits(random.foldIn(noise, 2))[0]!;
    await expect(
      fit(broken, {
        init: model.init,
        key: random.key(0),
        epochs: 1,
        batches: batches(given, { size: 1 }),
        progress: false,
      }),
    ).rejects.toThrow(
      "fit: the loss is NaN at step 3: at step 20 '0.weight.mean' is the first variable that is not finite",
    );
    tree.dispose(given);
  });
});
