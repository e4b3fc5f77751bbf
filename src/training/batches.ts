import * as tf from '@tensorflow/tfjs-core';
import {
  cut,
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  suggestion,
} from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { permutationIndices } from '../random/permutation.ts';
import { memberKeys } from '../transforms/overMembers.ts';
import { checkMask, checkWeights } from '../transforms/scoring.ts';
import { entries, map, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { assertFiniteData } from './assertFinite.ts';
import type { Source } from './source.ts';

/** A data set: inputs, alone or as the tuple of the network's arguments, and targets; rows on the first axis. */
export interface Dataset<I, T> {
  readonly inputs: I;
  readonly targets: T;
  /** How much each row counts, `[rows]`; default 1. */
  readonly weights?: tf.Tensor;
  /** Ones where a position of a row counts and zeros elsewhere, `[rows, ...positions]`; by default all count. */
  readonly mask?: tf.Tensor;
}

const fieldNames: OptionNames<Dataset<unknown, unknown>> = {
  inputs: true,
  targets: true,
  weights: true,
  mask: true,
};

/** Options of `batches`. */
export interface BatchOptions {
  /** Rows in a batch; the last batch of an epoch has the remaining ones. */
  readonly size: number;
  /** Whether to shuffle each epoch anew; default true. */
  readonly shuffle?: boolean;
  /**
   * For an ensemble of as many members: each sees the rows of an epoch in an order of its own. All tensors of a batch have a
   * leading axis of members, and the batch says so by `memberAxis: true`. By default all members share the batches.
   */
  readonly members?: number;
}

const optionNames: OptionNames<BatchOptions> = { size: true, shuffle: true, members: true };

/** A data set split into batches, in an order derived from a key. */
export interface Batches<B> extends Source<B> {
  /** Rows in the data set. */
  readonly rows: number;
  /** Batches in an epoch. */
  readonly length: number;
  /** The batches of one epoch, counted from 0. `at(index)`, also from 0, makes new tensors, which the caller disposes. */
  readonly epoch: (key: Key, epoch: number) => { readonly at: (index: number) => B };
}

/** The fields of a data set that are given. */
const checkedDataset = <D extends object>(data: D): D => {
  if (typeof data !== 'object' || data === null)
    return invalidArgument('batches: data', '{ inputs, targets }', data);
  const known = Object.keys(fieldNames);
  const unknown = Object.keys(data).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = suggestion(unknown, known);
    const hint = meant === undefined ? `the fields are ${known.join(', ')}` : `did you mean '${meant}'?`;
    throw new Error(`batches: unknown field '${cut(unknown)}' of data; ${hint}`);
  }
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as D;
};

const checkedRowCount = ({ inputs, targets, weights, mask }: Dataset<unknown, unknown>): number => {
  for (const [name, part] of Object.entries({ inputs, targets })) {
    if (entries(part).length === 0)
      invalidArgument(`batches: ${name}`, 'a tensor or a tuple of tensors, rows on the first axis', part);
  }
  const all = entries({ inputs, targets }).map(({ path, tensor }) => ({ name: pathName(path), tensor }));
  const first = all[0]!;
  const rows = first.tensor.shape[0] ?? 0;
  if (rows === 0) invalidArgument(`batches: ${first.name}`, 'a tensor with at least one row', first.tensor);
  for (const { name, tensor } of all) {
    if (tensor.shape[0] !== rows)
      invalidArgument(`batches: ${name}`, `a tensor of ${rows} rows like ${first.name}`, tensor);
  }
  assertFiniteData('batches', { inputs, targets, weights });
  if (weights !== undefined) checkWeights('batches: weights', weights, rows);
  if (mask !== undefined) checkMask('batches: mask', mask, rows);
  return rows;
};

/**
 * Splits a data set into batches. The rows of a batch are a pure function of the key, the epoch and the index, so a
 * resumed run sees the same batches as an uninterrupted one. With `members`, those of member `m` are the same as without it
 * by the key `foldIn(key, m)`, stacked.
 *
 * @throws Error if the tensors have no rows, different numbers of rows or values that are not finite, weights are below 0
 * or all 0, a mask has other values than zeros and ones, the data has another field, `size` or `members` is not a positive
 * integer, or there are `members` without shuffling
 * @example
 * const data = batches({ inputs: images, targets: labels }, { size: 64 });
 * const { inputs, targets } = data.epoch(random.key(0), 0).at(0);
 */
export const batches = <I, T>(data: Dataset<I, T>, options: BatchOptions): Batches<Dataset<I, T>> => {
  const { size, shuffle = true, members } = knownOptions('batches', options, optionNames);
  positiveInteger('batches: size', size);
  if (members !== undefined) {
    positiveInteger('batches: members', members);
    if (!shuffle)
      invalidArgument('batches: members', 'left out without shuffle, as all would be equal', members);
  }
  const whole = checkedDataset(data);
  const rows = checkedRowCount(whole);
  const length = Math.ceil(rows / size);
  const inOrder = (start: number, count: number) =>
    map((x) => tf.slice(x, start, count))(whole) as Dataset<I, T>;
  const picked = (indices: Int32Array) =>
    tidied(() => {
      const at = tf.tensor1d(indices, 'int32');
      return map((x) => tf.gather(x, at))(whole) as Dataset<I, T>;
    });
  const pickedForEach = (orders: readonly Int32Array[]) =>
    tidied(() => {
      const at = tf.stack(orders.map((order) => tf.tensor1d(order, 'int32')));
      return { ...map((x) => tf.gather(x, at))(whole), memberAxis: true } as Dataset<I, T>;
    });
  const orderKeys = (key: Key): readonly Key[] => {
    if (!shuffle) return [];
    return members === undefined ? [key] : memberKeys(key, members);
  };
  return {
    rows,
    length,
    epoch: (key, epoch) => {
      const orders = orderKeys(key).map((each) => permutationIndices(foldIn(each, epoch), rows));
      return {
        at: (index) => {
          if (!(Number.isInteger(index) && index >= 0 && index < length)) {
            invalidArgument('batches: index', `an integer from 0 to ${length - 1}`, index);
          }
          const start = index * size;
          const end = Math.min(start + size, rows);
          if (!shuffle) return inOrder(start, end - start);
          const indices = orders.map((order) => order.slice(start, end));
          return members === undefined ? picked(indices[0]!) : pickedForEach(indices);
        },
      };
    },
  };
};
