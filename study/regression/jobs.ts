// The jobs of the regression: in a module of their own, which every thread imports.
import type * as tf from '@tensorflow/tfjs-core';
import { coverage, crps, logScore, pit, random, rmse, split, tree } from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';
import { measured } from '../measured.ts';
import { rounded } from '../rounded.ts';
import {
  type Family,
  type Length,
  type MethodName,
  methods,
  type Predicted,
  type Run,
  type Settings,
} from './methods.ts';
import { select } from './select.ts';
import { commonRows, type Problem, problem, splitRows, type TableName } from './tables.ts';

/** A table. */
export interface Place {
  /** The folder of the tables. */
  readonly folder: string;
  readonly dataset: TableName;
}

/** What a method reaches on test rows, in the target's own unit. */
export interface RegressionScores {
  readonly rmse: number;
  /** The mean of the negative log density, in nats. */
  readonly nll: number;
  /** The share of targets in their central interval of 90 %. */
  readonly coverage: number;
  readonly crps: number;
  /** How many targets have a probability integral transform in each twentieth of 0 to 1. */
  readonly pit: readonly number[];
  /** What the method reports beside its scores. */
  readonly others?: Readonly<Record<string, number>>;
}

const BINS = 20;

const counts = (values: ArrayLike<number>): readonly number[] => {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const value of Array.from(values)) bins[Math.min(BINS - 1, Math.floor(BINS * value))]! += 1;
  return bins;
};

const scores = ({ prediction, others }: Predicted, { test, target }: Problem): RegressionScores =>
  tree.tidied(() => {
    const inUnits = target.invert(prediction);
    const truth = target.invert(test.targets);
    const number = (value: tf.Tensor): number => rounded(value.dataSync()[0]!);
    return {
      rmse: number(rmse(inUnits.mean, truth)),
      nll: number(logScore(inUnits)),
      coverage: number(coverage(inUnits.interval, truth)),
      crps: number(crps(inUnits, truth)),
      pit: counts(pit(inUnits).dataSync()),
      ...(others && { others }),
    };
  });

/** What settings are chosen for. */
interface Choice extends Place {
  /** The splits that use them. */
  readonly splits: readonly number[];
  readonly family: Family;
  readonly steps: number;
}

/** Chooses settings for a family of methods, on a fifth of the rows that no split has for a test. */
export const chooseSettings = job(
  import.meta.url,
  'chooseSettings',
  ({ folder, dataset, splits, family, steps }: Choice, key) =>
    measured(() => {
      const known = commonRows(folder, dataset, splits);
      const { train, validation } = split(known, { train: 0.8, validation: 0.2 }, random.foldIn(key, 1));
      const parts = problem(train, validation);
      const found = select(family, parts, { steps }, random.foldIn(key, 2));
      tree.dispose([parts.train, parts.test]);
      return found;
    }),
);

/** A row of the regression. */
interface Entry extends Place {
  readonly split: number;
  readonly method: MethodName;
  readonly settings: Settings;
  readonly length: Length;
}

/** Trains by a method on all training rows, and scores it on the test rows. */
export const regression = job(
  import.meta.url,
  'regression',
  ({ folder, dataset, split: at, method, settings, length }: Entry, key) =>
    measured(() => {
      const { train, test } = splitRows(folder, dataset, at);
      const whole = problem(train, test);
      const run: Run = methods[method].run;
      const predicted = run(whole, settings, length, key);
      const reached = scores(predicted, whole);
      tree.dispose([whole.train, whole.test, predicted.prediction]);
      return reached;
    }),
);
