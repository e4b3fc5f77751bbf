import * as tf from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  adam,
  categorical,
  fit,
  type Model,
  parallel,
  random,
  trainStep,
  type Unary,
} from '../../src/index.ts';

const key = random.key(0);
const here = import.meta.url;

interface Settings {
  readonly rate: number;
  readonly name: 'a' | 'b';
}

const train = parallel.job(here, 'train', async ({ rate }: Settings) => ({ loss: rate }));

describe('a job', () => {
  it('has the types of its function', () => {
    expectTypeOf(train).toEqualTypeOf<parallel.Job<Settings, { loss: number }>>();
    // @ts-expect-error a configuration of another type
    parallel.inline().map(train, [{ rate: 'fast' }], { key });
    // @ts-expect-error no key
    parallel.inline().map(train, [], {});
  });
});

describe('a sweep', () => {
  it('takes lists, grids and samplers of the configurations of its job', () => {
    const rows = parallel.sweep(train, { rate: [1, 2], name: ['a'] }, { key });
    expectTypeOf(rows).resolves.toEqualTypeOf<readonly parallel.SweepRow<Settings, { loss: number }>[]>();
    parallel.sweep(train, [{ rate: 1, name: 'b' }], { key });
    parallel.sweep(
      train,
      parallel.sampler(3, (): Settings => ({ rate: 1, name: 'a' })),
      { key },
    );
    // @ts-expect-error a setting is missing
    parallel.sweep(train, { rate: [1] }, { key });
    // @ts-expect-error a value that is no list
    parallel.sweep(train, { rate: 1, name: ['a'] }, { key });
    // @ts-expect-error another value
    parallel.sweep(train, [{ rate: 1, name: 'c' }], { key });
  });
});

describe('cross-validation', () => {
  it('gives its job the data and the settings that it asks for', () => {
    const scored = parallel.job(here, 'scored', ({ train, config }: parallel.Fold<number[], Settings>) =>
      train.length > config.rate ? 1 : 0,
    );
    const rows = parallel.crossValidate(scored, [1, 2], { key, config: { rate: 1, name: 'a' } });
    expectTypeOf<Awaited<typeof rows>[number]['outcome']>().toEqualTypeOf<parallel.Outcome<0 | 1>>();
    // @ts-expect-error other data
    parallel.crossValidate(scored, ['a'], { key, config: { rate: 1, name: 'a' } });
  });
});

describe('a shared prediction', () => {
  it('has the types of predict', () => {
    const run = (model: Model<{ readonly w: tf.Tensor }, Unary>, w: tf.Tensor) => {
      const outputs = parallel.predictionJob(here, 'outputs', model);
      const predicted = parallel.parallelPredict(outputs, { likelihood: categorical(), logProb: w });
      expectTypeOf(predicted({ w }, key, w)).resolves.toHaveProperty('logProb');
      // @ts-expect-error other parameters
      predicted({ v: w }, key, w);
    };
    expectTypeOf(run).toBeFunction();
  });
});

describe('a shared training step', () => {
  const model = {} as Model<{ readonly w: tf.Tensor }, Unary>;
  const loss = (params: { readonly w: tf.Tensor }, _: random.Key, batch: { readonly x: tf.Tensor }) => ({
    loss: tf.mean<tf.Scalar>(tf.mul(params.w, batch.x)),
    part: params.w,
  });
  const lossJob = parallel.lossJob(here, 'lossJob', loss);

  it('has the types of its loss and optimizer, and fit those of the step', async () => {
    const step = parallel.parallelStep(lossJob, adam({ learningRate: 1 }), { shards: { rows: 2 } });
    const state = step.init({ w: tf.scalar(1) }, key);
    const { parts } = await step.update(state, { x: tf.scalar(1) });
    expectTypeOf(parts).toEqualTypeOf<ReturnType<typeof loss>>();
    const source = { length: 1, epoch: () => ({ at: () => ({ x: tf.scalar(1) }) }) };
    const options = { init: model.init, key, epochs: 1, batches: source } as const;
    const apart = await fit(step, {
      ...options,
      onStep: (info) => {
        expectTypeOf(info.parts).toEqualTypeOf<ReturnType<typeof loss>>();
      },
    });
    const here = await fit(trainStep(loss, adam({ learningRate: 1 })), {
      ...options,
      onStep: (info) => {
        expectTypeOf(info.parts).toEqualTypeOf<ReturnType<typeof loss>>();
      },
    });
    expectTypeOf(apart).toEqualTypeOf<typeof here>();
    // A plain step stays one that returns its state at once.
    expectTypeOf(trainStep(loss, adam({ learningRate: 1 })).update).returns.not.toExtend<Promise<unknown>>();
    // @ts-expect-error a batch of another type
    step.update(state, { y: tf.scalar(1) });
    // @ts-expect-error no shards
    parallel.parallelStep(lossJob, adam({ learningRate: 1 }), {});
    // @ts-expect-error a job without a loss
    parallel.parallelStep(train, adam({ learningRate: 1 }), { shards: {} });
  });
});
