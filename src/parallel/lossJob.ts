import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { type LossParts, valueAndGrad } from '../transforms/index.ts';
import { dispose, isNode, map } from '../tree/index.ts';
import { isShared } from './encode.ts';
import { type Job, job } from './job.ts';
import { writeTree } from './sharedMemory.ts';

/** A loss, as `trainStep` takes it. */
export type LossFunction<P, B, R> = (params: P, key: Key, batch: B, step: number) => R;

/** What a loss that is a mean over weight samples also has. */
export interface SampledLoss<P, B, R> {
  /** The number of samples. */
  readonly samples?: number;
  /** The same loss over the samples from `start` up to `end` alone. */
  readonly sliceSamples?: (start: number, end: number) => LossFunction<P, B, R>;
}

/** A loss on some weight samples and some rows of a batch. */
export interface LossRequest<P, B> {
  readonly params: P;
  readonly key: Key;
  readonly batch: B;
  readonly step: number;
  /** The first sample and the one after the last; by default all. */
  readonly samples?: readonly [start: number, end: number] | undefined;
  /** The factor of the loss, its parts and its gradient. */
  readonly weight: number;
  /** Where the gradient is written, in the order of the parameters, if threads share the memory. */
  readonly gradient?: readonly (Float32Array | Int32Array | Uint8Array)[] | undefined;
}

/** The parts of a loss, and its gradient if it was not written to memory that threads share. */
export interface LossResult<P, R> {
  readonly parts: R;
  readonly gradient?: P | undefined;
}

/** A job that computes a loss and its gradient, for `parallelStep`. */
export interface LossJob<P, B, R> extends Job<LossRequest<P, B>, LossResult<P, R>> {
  readonly loss: LossFunction<P, B, R> & SampledLoss<P, B, R>;
}

/** A loss times a factor, with all of its parts. */
const weighted =
  <P, B, R extends LossParts>(loss: LossFunction<P, B, R>, weight: number): LossFunction<P, B, R> =>
  (...args) => {
    const parts = loss(...args);
    // What is not a record of parts is refused by `valueAndGrad`.
    return weight === 1 || !isNode(parts)
      ? parts
      : (map((x) => tf.mul(tf.cast(x, 'float32'), weight))<unknown>(parts) as R);
  };

/**
 * Makes the job with which `parallelStep` computes a loss elsewhere. As every job, it must be exported under its name by its
 * module, which makes the loss.
 *
 * @param module `import.meta.url` of the module that exports the job
 * @param name the name under which the module exports it
 * @param loss a loss, as `trainStep` takes it: from `elbo`, or one of your own
 * @throws Error if an argument is not of its kind
 * @example
 * const lossJob = parallel.lossJob(import.meta.url, 'lossJob', loss);
 */
export const lossJob = <P, B, R extends LossParts>(
  module: string,
  name: string,
  loss: LossFunction<P, B, R>,
): LossJob<P, B, R> => {
  if (typeof loss !== 'function')
    invalidArgument('parallel.lossJob: loss', 'a function of (params, key, batch)', loss);
  const own: LossJob<P, B, R>['loss'] = loss;
  const run = async (request: LossRequest<P, B>): Promise<LossResult<P, R>> => {
    const { params, key, batch, step, samples, weight, gradient: arrays } = request;
    const some = samples === undefined ? loss : own.sliceSamples!(...samples);
    const [parts, gradient] = valueAndGrad(weighted(some, weight))(params, key, batch, step);
    if (arrays === undefined || !arrays.every(({ buffer }) => isShared(buffer))) return { parts, gradient };
    try {
      await writeTree(gradient, arrays);
      return { parts };
    } catch (error) {
      dispose(parts);
      throw error;
    } finally {
      dispose(gradient);
    }
  };
  return Object.freeze({ ...job(module, name, run), loss: own });
};
