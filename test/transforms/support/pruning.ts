import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import {
  layer,
  linear,
  type Model,
  type NormalParams,
  type normal,
  type Prior,
  random,
  sequential,
  tree,
  variable,
} from '../../../src/index.ts';
import { valuesOfEach } from '../../support/numbers.ts';

export const key = random.key(3);

/** A network whose output is its weight. */
export const shown = (options: { prior?: Prior } = {}) =>
  layer(
    { weight: variable([3, 4], options) },
    ({ weight }) =>
      (_: tf.Tensor) =>
        weight,
  );

/** Parameters of normal posteriors whose ratios are on both sides of 1. */
export const normalParams = (seed: number, shape: readonly number[]): NormalParams => {
  const [first, second] = random.split(random.key(seed)) as [random.Key, random.Key];
  return {
    mean: random.normal(first, shape),
    logStd: random.uniform(second, shape, { min: -2, max: 1 }),
  };
};

export const net = sequential(linear(2, 4), tf.tanh, linear(4, 1));
export const netParams = (seed: number) =>
  ({
    0: { weight: normalParams(seed, [2, 4]), bias: normalParams(seed + 1, [4]) },
    2: { weight: normalParams(seed + 2, [4, 1]), bias: normalParams(seed + 3, [1]) },
  }) as const;

export const batch = () => ({
  inputs: random.normal(random.key(8), [6, 2]),
  targets: random.normal(random.key(9), [6, 1]),
});

/** Which elements a loop in doubles prunes. */
export const prunedInDoubles = ({ mean, logStd }: NormalParams, ratio: number): readonly boolean[] => {
  const [means, logs] = valuesOfEach([mean, logStd]);
  return means!.map((each, i) => Math.abs(each) / Math.exp(logs![i]!) < ratio);
};

/** The variables of a tree of normal posteriors. */
export const variables = (params: unknown): readonly (readonly [string, NormalParams])[] =>
  tree
    .entries(params)
    .filter(({ path }) => path.at(-1) === 'mean')
    .map(({ path }) => [path.slice(0, -1).join('.'), tree.at(path.slice(0, -1))(params) as NormalParams]);

/** Pruned elements are 0, exactly, and the others keep their bits. */
export const expectPruned = (before: unknown, after: unknown, ratio: number): void => {
  for (const [name, own] of variables(before)) {
    const next = tree.at(name.split('.'))(after) as NormalParams;
    const isPruned = prunedInDoubles(own, ratio);
    const [means, logs, keptMeans, keptLogs] = valuesOfEach([own.mean, own.logStd, next.mean, next.logStd]);
    expect(keptMeans).toEqual(means!.map((x, i) => (isPruned[i] ? 0 : x)));
    expect(keptLogs).toEqual(logs!.map((x, i) => (isPruned[i] ? -1024 : x)));
  }
};

/** A model of any family, whose network has one input. */
export type AnyModel = Model<unknown, (x: tf.Tensor) => tf.Tensor>;
export type Family = ReturnType<typeof normal>;
export const anyModel = (model: unknown): AnyModel => model as AnyModel;

/** The values of tensors that a function makes. */
export const readEach = (f: () => readonly tf.Tensor[]): readonly (readonly number[])[] => {
  const made = tf.tidy(() => [...f()]);
  const read = valuesOfEach(made);
  tf.dispose(made);
  return read;
};

export const logNormal = (x: number, mean: number, std: number): number =>
  -0.5 * ((x - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);
