import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { at, entries, isTensor } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { readBlock } from './numbers.ts';

/** The values of a variable's normal posterior: its means and standard deviations, of all elements but pruned ones. */
export interface ReadPosterior {
  /** Its path in the tree: `0.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly means: ArrayLike<number>;
  readonly stds: ArrayLike<number>;
  /** How many elements are pruned: both numbers are exactly 0. */
  readonly pruned: number;
}

interface Found {
  readonly name: string;
  readonly mean: Tensor;
  readonly logStd: Tensor;
}

/** The nodes of a tree with a `mean` and a `logStd` of the same shape. */
const find = (params: unknown): readonly Found[] =>
  entries(params).flatMap(({ path, tensor }) => {
    if (path.at(-1) !== 'mean') return [];
    const parent = path.slice(0, -1);
    const logStd = at([...parent, 'logStd'])(params);
    return isTensor(logStd) && sameShape(logStd.shape, tensor.shape)
      ? [{ name: pathName(parent), mean: tensor, logStd }]
      : [];
  });

const withoutPruned = (means: ArrayLike<number>, logs: ArrayLike<number>) => {
  const stds = Float64Array.from(logs, Math.exp);
  const isKept = (_: number, i: number): boolean => stds[i] !== 0 || means[i] !== 0;
  const kept = stds.filter(isKept);
  return kept.length === stds.length
    ? { means, stds, pruned: 0 }
    : { means: Float64Array.from(means).filter(isKept), stds: kept, pruned: stds.length - kept.length };
};

/**
 * Reads the normal posteriors of a parameter tree; weights with other posteriors are skipped, and so are pruned elements.
 *
 * @throws Error naming the argument for a tree without normal posteriors
 */
export const normalPosteriors = async (
  argument: string,
  params: unknown,
): Promise<readonly ReadPosterior[]> => {
  const found = find(params);
  if (found.length === 0)
    invalidArgument(argument, 'a tree of parameters with normal posteriors ({ mean, logStd })', params);
  return Promise.all(
    found.map(async ({ name, mean, logStd }) => {
      const [{ data: means }, { data: logs }] = await Promise.all([
        readBlock(`${argument}: ${name}.mean`, mean),
        readBlock(`${argument}: ${name}.logStd`, logStd),
      ]);
      return { name, shape: mean.shape, ...withoutPruned(means, logs) };
    }),
  );
};
