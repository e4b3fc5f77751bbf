import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import {
  adam,
  batches,
  bayesian,
  categorical,
  checkpoint,
  elbo,
  fit,
  flatten,
  layerNorm,
  linear,
  normal,
  random,
  sequential,
  studentT,
  trainStep,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

// The files and the numbers are those of version 0.1.0 (commit 33d6e87) on the cpu backend.
const file = (name: string): string => new URL(`data/${name}-0.1.safetensors`, import.meta.url).pathname;

const opened = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isRight(result) ? result.right : expect.unreachable(result.left.message);

describeOnBackends('a checkpoint of version 0.1', () => {
  it('of parameters loads, and its network gives the same output', async () => {
    const net = sequential(
      linear(3, 4, { posterior: studentT() }),
      layerNorm(4),
      tf.relu,
      linear(4, 2, { prior: normal({ std: 0.5 }) }),
    );
    const model = bayesian()(net);
    const params = opened(await checkpoint.load(model)(file('params'))());
    const output = model.apply(params, random.key(2), tf.ones([2, 3]));
    const row = [0.049907565116882324, 0.7961041927337646];
    expectNumbers(values(output), [...row, ...row], 1e-5);
  });

  it('of a training state loads, and resumes with the same losses', async () => {
    const model = bayesian()(sequential(flatten(), linear(4, 3)));
    const loss = pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood: categorical(), datasetSize: 6 }),
    );
    const optimizer = adam({ learningRate: 0.1 });
    const state = opened(await checkpoint.load(model, { optimizer })(file('state'))());
    expect(state.step).toBe(4);
    const data = {
      inputs: tf.reshape(tf.range(0, 24), [6, 2, 2]),
      targets: tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'),
    };
    const next = await fit(trainStep(loss, optimizer), {
      state,
      epochs: 3,
      batches: batches(data, { size: 3 }),
      progress: false,
    });
    expect(next.step).toBe(6);
    const { loss: mean, divergence } = next.history[0]!;
    expectNumbers([mean!, divergence!], [52.43373107910156, 31.026731491088867], 1e-5);
    expectNumbers(
      values(next.params['1'].weight.mean).slice(0, 3),
      [-0.09497416764497757, 0.2539287507534027, 0.5698918104171753],
      1e-5,
    );
  });
});
