import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  elbo,
  gaussian,
  ivon,
  linear,
  pipe,
  random,
  tree,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { job, lossJob, parallelStep } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import * as jobs from './support/jobs.ts';

const key = random.key(5);
const optimizer = adam({ learningRate: 0.01 });

describe('the arguments of a shared step', () => {
  const given = (value: unknown) => value as never;
  const shards = { samples: 2 };
  const predictive = lossJob(
    import.meta.url,
    'predictive',
    pipe(
      bayesian()(linear(1, 1)),
      withLogProbs,
      vmapSamples({ samples: 4 }),
      elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 4, dataFitting: 'predictive' }),
    ),
  );
  it.each<[string, () => unknown, string]>([
    [
      'a loss',
      () => lossJob(import.meta.url, 'f', given(1)),
      'parallel.lossJob: loss must be a function of (params',
    ],
    ['a name', () => lossJob(import.meta.url, '', jobs.plain.loss), 'job: name must be the name'],
    [
      'a job',
      () => parallelStep(given(jobs.plain.loss), optimizer, { shards: {} }),
      'parallel.parallelStep: job must be a job',
    ],
    [
      'a job with a loss',
      () => parallelStep(given(job(import.meta.url, 'f', () => 1)), optimizer, { shards: {} }),
      'parallel.parallelStep: job.loss must be a loss, as that of lossJob, got undefined',
    ],
    [
      'an optimizer',
      () => parallelStep(jobs.sampled, given({}), { shards }),
      'parallelStep: optimizer must be one',
    ],
    [
      'an optimizer for the temperature of the loss',
      () => parallelStep(jobs.sampled, ivon({ learningRate: 0.1, temperature: 0.5 } as never), { shards }),
      'parallel.parallelStep: temperature of the loss must be 0.5',
    ],
    [
      'shards',
      () => parallelStep(jobs.sampled, optimizer, given({})),
      'parallel.parallelStep: shards: options must be a record of options, got undefined',
    ],
    [
      'a record of shards',
      () => parallelStep(jobs.sampled, optimizer, { shards: given(2) }),
      'parallel.parallelStep: shards: options must be a record of options, got 2',
    ],
    [
      'a kind of shards',
      () => parallelStep(jobs.sampled, optimizer, { shards: given({ row: 2 }) }),
      "parallel.parallelStep: shards: unknown option 'row'; did you mean 'rows'?",
    ],
    [
      'a number of shards',
      () => parallelStep(jobs.sampled, optimizer, { shards: { rows: 0.5 } }),
      'parallel.parallelStep: shards.rows must be a positive integer, got 0.5',
    ],
    [
      'at most the samples',
      () => parallelStep(jobs.sampled, optimizer, { shards: { samples: 6 } }),
      'parallel.parallelStep: shards.samples must be at most 5, the samples of the loss, got 6',
    ],
    [
      'one shard of a loss without samples',
      () => parallelStep(jobs.plain, optimizer, { shards }),
      'parallel.parallelStep: shards.samples must be 1, as the loss is not a mean over weight samples',
    ],
    [
      'one shard of a predictive loss',
      () => parallelStep(predictive, optimizer, { shards }),
      'parallel.parallelStep: shards.samples must be 1, as the loss is not a mean over weight samples',
    ],
    [
      'an option',
      () => parallelStep(jobs.sampled, optimizer, given({ shards, run: 1 })),
      "parallel.parallelStep: unknown option 'run'",
    ],
    [
      'a runner',
      () => parallelStep(jobs.sampled, optimizer, { shards, runner: given(3) }),
      'parallel.parallelStep: runner must be a runner',
    ],
    [
      'a state',
      () => parallelStep(jobs.sampled, optimizer, { shards }).update(given(1), given(2)),
      'parallel.parallelStep: state must be a training state',
    ],
    [
      'a key',
      () => parallelStep(jobs.sampled, optimizer, { shards }).init(given({ w: 1 }), given(2)),
      'parallel.parallelStep: key must be a random key',
    ],
  ])('are refused, at once, where one is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('are refused as a rejection for a batch without rows', async () => {
    await start('cpu');
    const params = jobs.ordinary.init(key);
    const step = parallelStep(jobs.plain, optimizer, { shards: { rows: 2 } });
    const state = step.init(params, key);
    const batch = { inputs: tf.ones([3, 3]), targets: tf.ones([4, 2]) };
    await expect(step.update(state, batch)).rejects.toThrow(
      "parallel.parallelStep: batch at 'inputs' must be a scalar or a tensor of 4 rows, as rows are cut into shards, got",
    );
    tree.dispose([params, state, batch]);
  });
});
