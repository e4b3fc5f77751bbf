import type * as tf from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import { categorical, type Model, parallel, random, type Unary } from '../../src/index.ts';

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
