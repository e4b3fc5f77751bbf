import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { batchRows } from '../training/plan.ts';
import { at, dispose, entries, leaves, map } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import type { SampledLoss } from './lossJob.ts';

/** Into how many shards a training step is cut: their product. */
export interface Shards {
  /** Shards of the weight samples of the loss; default 1. */
  readonly samples?: number;
  /** Shards of the rows of the batch; default 1. */
  readonly rows?: number;
}

const shardNames: OptionNames<Shards> = { samples: true, rows: true };

/**
 * Checks the shards of a loss.
 *
 * @throws Error naming the first number that is not a positive integer, or is more than the loss has samples
 * @example
 * checkShards('parallel.parallelStep: shards', loss, { samples: 2 }); // { samples: 2, rows: 1 }
 */
export const checkShards = (
  argument: string,
  { samples: count, sliceSamples }: SampledLoss<never, never, unknown>,
  shards: Shards,
): Required<Shards> => {
  const { samples = 1, rows = 1 } = knownOptions(argument, shards, shardNames);
  positiveInteger(`${argument}.samples`, samples);
  positiveInteger(`${argument}.rows`, rows);
  if (samples > 1 && (count === undefined || sliceSamples === undefined))
    invalidArgument(
      `${argument}.samples`,
      '1, as the loss is not a mean over weight samples (one by vmapSamples and elbo is, with expected dataFitting)',
      samples,
    );
  if (count !== undefined && samples > count)
    invalidArgument(`${argument}.samples`, `at most ${count}, the samples of the loss`, samples);
  return { samples, rows };
};

/** Some rows of a batch. */
export interface RowShard<B> {
  readonly batch: B;
  readonly key: Key;
  /** The share of these rows in the loss. */
  readonly weight: number;
}

/** Where the parts begin and end if a number of things is cut into as even parts as can be. */
const bounds = (count: number, parts: number): readonly (readonly [start: number, end: number])[] =>
  Array.from({ length: parts }, (_, i) => [
    Math.floor((i * count) / parts),
    Math.floor(((i + 1) * count) / parts),
  ]);

/** The samples of each shard and their share in the loss. */
export const sampleShards = (
  { samples: count = 1 }: SampledLoss<never, never, unknown>,
  shards: number,
): readonly { readonly samples?: readonly [start: number, end: number]; readonly weight: number }[] =>
  shards === 1
    ? [{ weight: 1 }]
    : bounds(count, shards).map(([start, end]) => ({
        samples: [start, end],
        weight: (end - start) / count,
      }));

/** The tensors of a batch from row `start` up to row `end`; they are copies. */
const slicedRows = <B>(batch: B, axis: number, start: number, end: number): B =>
  map((x) => {
    if (x.rank === 0) return tf.clone(x);
    const rest = x.shape.slice(axis + 1).map(() => -1);
    const before = x.shape.slice(0, axis);
    return tf.slice(
      x,
      [...before.map(() => 0), start, ...rest.map(() => 0)],
      [...before, end - start, ...rest],
    );
  })(batch) as B;

const assertRows = (argument: string, batch: unknown, axis: number, rows: number): void => {
  const misfit = entries(batch).find(({ tensor }) => tensor.rank > 0 && tensor.shape[axis] !== rows);
  if (misfit !== undefined)
    invalidArgument(
      `${argument} at '${pathName(misfit.path)}'`,
      `a scalar or a tensor of ${rows} rows, as rows are cut into shards`,
      misfit.tensor,
    );
};

/** How much each row counts: its weight, if the batch has weights. */
const rowWeights = async (batch: unknown, rows: number): Promise<Float32Array | undefined> => {
  const [weights] = leaves(at(['weights'])(batch));
  return weights?.size === rows ? ((await weights.data()) as Float32Array) : undefined;
};

/**
 * The rows of a batch in shards, whose losses add up to the mean over the rows. With several shards, that of number `r` has
 * the key `foldIn(key, r)`; those without rows, or with rows of weight 0 alone, are left out.
 *
 * @returns the shards, and a function that disposes the tensors made for them
 * @throws Error naming the first tensor of the batch that has other rows
 * @example
 * const { shards, release } = await rowShards('step: batch', { inputs, targets }, 2, key);
 */
export const rowShards = async <B>(
  argument: string,
  batch: B,
  count: number,
  key: Key,
): Promise<{ readonly shards: readonly RowShard<B>[]; readonly release: () => void }> => {
  if (count === 1) return { shards: [{ batch, key, weight: 1 }], release: () => {} };
  const axis = at(['memberAxis'])(batch) === true ? 1 : 0;
  const rows = batchRows(batch);
  assertRows(argument, batch, axis, rows);
  if (axis === 1 && at(['weights'])(batch) !== undefined)
    invalidArgument(
      `${argument}.weights`,
      'left out if rows are cut into shards and members have rows of their own',
      at(['weights'])(batch),
    );
  const weights = await rowWeights(batch, rows);
  const total = (start: number, end: number): number =>
    weights === undefined ? end - start : weights.subarray(start, end).reduce((sum, each) => sum + each, 0);
  const all = total(0, rows);
  const shards = bounds(rows, count)
    .map(([start, end], r) => ({ start, end, key: foldIn(key, r), weight: total(start, end) / all }))
    // Weights that are not numbers, or all 0, are refused by the loss.
    .filter(({ start, end, weight }) => end > start && weight !== 0)
    .map(({ start, end, ...shard }) => ({ ...shard, batch: slicedRows(batch, axis, start, end) }));
  return { shards, release: () => dispose(shards.map((shard) => shard.batch)) };
};
