import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import { foldIn } from '../random/index.ts';
import { type AsyncTrainStep, stepParts, type Updated } from '../training/trainStep.ts';
import type { LossParts } from '../transforms/index.ts';
import { dispose, leaves, tidied, unflatten, zipWith } from '../tree/index.ts';
import { type TensorValues, tensorFrom } from './encode.ts';
import { inline } from './inline.ts';
import { assertJob } from './job.ts';
import type { LossJob, LossRequest } from './lossJob.ts';
import { missingOutcome, sharesMemory, valueIn } from './outcomes.ts';
import { assertRunner, type CommonMapOptions, commonMapNames, type Runner } from './runner.ts';
import { checkShards, type RowShard, rowShards, type Shards, sampleShards } from './shards.ts';
import { allot, shareTree } from './sharedMemory.ts';

/** Options of `parallelStep`; some of a runner's `map` among them. */
export interface ParallelStepOptions extends Omit<CommonMapOptions, 'key' | 'onProgress'> {
  /**
   * Into how many shards each step is cut: `{ samples: 4 }`, `{ rows: 4 }` or both. The result depends on them, and not on
   * who computes them.
   */
  readonly shards: Shards;
  /** Where the shards are computed; default `inline()`. The caller closes it. */
  readonly runner?: Runner;
}

const optionNames = (): OptionNames<ParallelStepOptions> => {
  const { key: _, onProgress: __, ...names } = commonMapNames();
  return { ...names, shards: true, runner: true };
};

const FN = 'parallel.parallelStep';

/** The requests of a step, and the gradient of each if it is in memory that threads share. */
interface Requests<P, B> {
  readonly requests: readonly LossRequest<P, B>[];
  readonly gradients: readonly (readonly TensorValues[])[];
  readonly memory?: SharedArrayBuffer;
}

/** The requests of a step: for each shard of the rows, one for each shard of the samples. */
const stepRequests = async <P, B>(
  params: P,
  step: number,
  rows: readonly RowShard<B>[],
  samples: ReturnType<typeof sampleShards>,
  shares: boolean,
  old: SharedArrayBuffer | undefined,
): Promise<Requests<P, B>> => {
  const own = rows.map(({ batch }) => batch);
  const from = (shared: P, batches: readonly B[], gradients: Requests<P, B>['gradients']) =>
    rows.flatMap((row, r) =>
      samples.map((some, s) => ({
        params: shared,
        step,
        key: row.key,
        batch: batches[r] as B,
        samples: some.samples,
        weight: row.weight * some.weight,
        gradient: gradients[r * samples.length + s],
      })),
    );
  const each = Array<P>(rows.length * samples.length).fill(params);
  const memory = shares ? allot([params, ...own, ...each], old) : undefined;
  if (memory === undefined) return { requests: from(params, own, []), gradients: [] };
  const [forParams, ...others] = memory.arrays;
  const gradients = others.slice(rows.length);
  const shared = await shareTree(params, forParams!);
  const batches = await Promise.all(own.map((batch, r) => shareTree(batch, others[r]!)));
  return { requests: from(shared, batches, gradients), gradients, memory: memory.buffer };
};

/** The parts of a loss and its gradient. */
interface Sum<P, R> {
  readonly parts: R;
  readonly gradient: P;
}

/** The sum of two, which are disposed. */
const added = <P, R>(sum: Sum<P, R> | undefined, next: Sum<P, R>): Sum<P, R> => {
  if (sum === undefined) return next;
  try {
    return tidied(() => zipWith((a, b) => tf.add(a, b))<unknown>(sum, next) as Sum<P, R>);
  } finally {
    dispose([sum, next]);
  }
};

/** The tensors of a tree with values from arrays. */
const fromArrays = <P>(like: P, arrays: readonly TensorValues[]): P =>
  unflatten(like)(leaves(like).map(({ shape, dtype }, i) => tensorFrom(arrays[i]!, shape, dtype)));

/**
 * A training step whose work is shared out: weight samples and the rows of a batch are cut into shards, a runner computes the
 * loss and its gradient on each, they are added in the order of the shards, and the optimizer runs once. The result has the
 * same bits whatever the runner and the number of its threads; it depends on `shards`. `fit` takes the step in place of
 * `trainStep`, and everything else, such as checkpoints, stays as it is.
 *
 * Shards of samples compute what `trainStep` computes, with the same draws: the result differs by rounding alone. The loss
 * must be a mean over samples, as one by `vmapSamples` and `elbo` is.
 *
 * For shards of rows the loss must be a mean over the rows, as all by `elbo` are, with their `weights` if the batch has some;
 * terms that do not depend on the rows, such as the divergence, count once. Shard `r` draws from `foldIn(key, r)` where
 * `trainStep` draws from `key`, so that the rows of each have weight samples of their own. `batchNorm` normalizes within a
 * shard. Parts of the loss are combined as the loss is: as means over samples and rows.
 *
 * Parameters, batch and gradients are in memory that the threads share, where there is any; else they are sent with each
 * shard. Use a few times as many shards as threads at most, since each has a gradient of its own to add.
 *
 * @param job the loss, as `lossJob` makes it
 * @throws Error for an invalid argument; as a rejection, for a shard that fails after all attempts, whose `cause` is the
 * failure, and where the runner's `map` does. The state is then as it was, also with `donate`
 * @example
 * const lossJob = parallel.lossJob(import.meta.url, 'lossJob', loss);
 * const optimizer = adam({ learningRate: 1e-3 });
 * const step = parallel.parallelStep(lossJob, optimizer, { shards: { samples: 2 } });
 * const first = step.init(params, random.key(0));
 * const { state } = await step.update(first, { inputs: images, targets: labels });
 * console.log(state.step); // 1
 */
export const parallelStep = <P, B, R extends LossParts, S>(
  job: LossJob<P, B, R>,
  optimizer: GradientTransformation<S>,
  options: ParallelStepOptions,
): AsyncTrainStep<P, B, R, S> => {
  assertJob(`${FN}: job`, job);
  if (typeof job.loss !== 'function')
    invalidArgument(`${FN}: job.loss`, 'a loss, as that of lossJob', job.loss);
  const { shards: given, runner = inline(), ...mapOptions } = knownOptions(FN, options, optionNames());
  const shards = checkShards(`${FN}: shards`, job.loss, given);
  assertRunner(`${FN}: runner`, runner);
  const { init, checked, applied, next } = stepParts<P, R, S>(FN, job.loss, optimizer);
  const samples = sampleShards(job.loss, shards.samples);
  const shares = sharesMemory(runner);
  // Of updates that run at the same time, each has its own.
  const free: SharedArrayBuffer[] = [];

  type State = Parameters<typeof next>[0];

  const summed = async (state: State, batch: B): Promise<Sum<P, R>> => {
    const key = foldIn(state.key, state.step);
    const rows = await rowShards(`${FN}: batch`, batch, shards.rows, key);
    let sum: Sum<P, R> | undefined;
    try {
      const { params, step } = state;
      const made = await stepRequests(params, step, rows.shards, samples, shares, free.pop());
      const { requests, gradients, memory } = made;
      let [position, attempts] = [0, 1];
      for await (const outcome of runner.map(job, requests, { ...mapOptions, key })) {
        const { value, ...result } = valueIn(FN, 'shard', outcome, position);
        const { parts, gradient = fromArrays(params, gradients[position]!) } = value;
        sum = added(sum, { parts, gradient });
        attempts = Math.max(attempts, result.attempts);
        position++;
      }
      if (sum === undefined || position < requests.length) throw missingOutcome(FN, position);
      // A thread that was stopped in an attempt before might still write.
      if (memory !== undefined && attempts === 1) free.push(memory);
      return sum;
    } catch (error) {
      dispose(sum);
      throw error;
    } finally {
      rows.release();
    }
  };

  const run = async (state: State, batch: B, donate: boolean): Promise<Updated<P, R, S>> => {
    const sum = await summed(state, batch);
    const kept = new Set<tf.Tensor>();
    try {
      const { parts, ...updated } = tidied(() => applied(state, sum.parts, sum.gradient, donate));
      for (const tensor of leaves([parts, updated])) kept.add(tensor);
      if (donate) dispose([state.params, state.optimizer]);
      return { state: next(state, updated), parts };
    } finally {
      dispose(leaves(sum).filter((tensor) => !kept.has(tensor)));
    }
  };
  return {
    optimizer,
    init,
    update: (state, batch, options = {}) => run(state, batch, checked(state, batch, options).donate),
  };
};
