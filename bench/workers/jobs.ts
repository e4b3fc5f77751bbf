// The jobs that worker threads import: a module that does nothing else.
import { threadId } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { localReparametrization, parallel } from 'tfjs-bayesian';
import { convolutionalLoss } from '../convolutions.ts';
import { encoderLoss } from '../encoder/ours.ts';
import { closedLoss, makeModel, sampledLoss } from '../ours.ts';
import { figureOne } from '../problem.ts';
import { now, type Ran } from './clock.ts';

/** A job that logs when it ran. */
const timed = <C, R, J extends parallel.Job<C, R>>(job: J & parallel.Job<C, R>): J => ({
  ...job,
  run: async (config: C, key: Parameters<typeof job.run>[1], context: parallel.JobContext) => {
    const began = now();
    const result = await job.run(config, key, context);
    context.log(JSON.stringify({ thread: threadId, began, ended: now() } satisfies Ran));
    return result;
  },
});

/** What is trained, from where. */
export const trained = {
  step: sampledLoss(figureOne),
  closed: closedLoss(figureOne),
  encoder: encoderLoss(),
  conv: convolutionalLoss(figureOne),
};

export const step = timed(parallel.lossJob(import.meta.url, 'step', trained.step.loss));
export const closed = timed(parallel.lossJob(import.meta.url, 'closed', trained.closed.loss));
export const encoder = timed(parallel.lossJob(import.meta.url, 'encoder', trained.encoder.loss));
export const conv = timed(parallel.lossJob(import.meta.url, 'conv', trained.conv.loss));

type Params = ReturnType<typeof trained.step.init>;

const nothing = (params: Params) =>
  tf.tidy(() => ({ loss: tf.mul(0, tf.sum(params[0].bias.mean)) as tf.Tensor }));

/** A loss on Figure 1's parameters that computes next to nothing: what is left is hand-over. */
export const idle = timed(
  parallel.lossJob(
    import.meta.url,
    'idle',
    Object.assign((params: Params) => nothing(params), { samples: 64, sliceSamples: () => nothing }),
  ),
);

export const model = makeModel(figureOne);

export const byOutputs = localReparametrization(model);

export const predict = timed(parallel.predictionJob(import.meta.url, 'predict', model));

export const outputs = timed(parallel.predictionJob(import.meta.url, 'outputs', byOutputs));

/** Shows that a thread has started. */
export const hello = parallel.job(import.meta.url, 'hello', () => tf.getBackend());
