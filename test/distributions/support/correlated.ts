import * as tf from '@tensorflow/tfjs-core';
import type { FullNormalParams, LowRankNormalParams } from '../../../src/distributions/index.ts';
import {
  determinant,
  inverse,
  type Matrix,
  product,
  toMatrix,
  toRows,
  transpose,
} from '../../ops/support/matrices.ts';
import { valuesOfEach } from '../../support/numbers.ts';

const uniform = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.randomUniform([...shape], -1, 1, 'float32', seed);

/** Parameters of correlations of every size. Numbers above the diagonal do not count. */
export const fullParams = (shape: readonly number[], seed: number): FullNormalParams => {
  const mean = uniform(shape, seed);
  return {
    mean,
    logDiagonal: uniform(shape, seed + 1),
    lower: uniform([mean.size, mean.size], seed + 2),
  };
};

export const lowRankParams = (shape: readonly number[], rank: number, seed: number): LowRankNormalParams => {
  const mean = uniform(shape, seed);
  return {
    mean,
    logDiagonal: uniform(shape, seed + 1),
    factor: tf.tidy(() => tf.mul(1.5, uniform([mean.size, rank], seed + 2))),
  };
};

/** Mean and covariance in doubles. */
export interface Dense {
  readonly mean: readonly number[];
  readonly covariance: Matrix;
}

const scaled = (logDiagonal: readonly number[], relative: Matrix): Matrix =>
  toMatrix(
    relative.length,
    relative.length,
    (i, j) => relative[i]![j]! * Math.exp(logDiagonal[i]! + logDiagonal[j]!),
  );

export const denseFull = ({ mean, logDiagonal, lower }: FullNormalParams): Dense => {
  const [m, d, l] = valuesOfEach([mean, logDiagonal, lower]) as readonly (readonly number[])[];
  const all = toRows(l!, mean.size);
  const factor = toMatrix(mean.size, mean.size, (i, j) => (i === j ? 1 : i > j ? all[i]![j]! : 0));
  return { mean: m!, covariance: scaled(d!, product(factor, transpose(factor))) };
};

export const denseLowRank = ({ mean, logDiagonal, factor }: LowRankNormalParams): Dense => {
  const [m, d, f] = valuesOfEach([mean, logDiagonal, factor]) as readonly (readonly number[])[];
  const all = toRows(f!, factor.shape[1]!);
  const common = product(all, transpose(all));
  const relative = toMatrix(mean.size, mean.size, (i, j) => common[i]![j]! + (i === j ? 1 : 0));
  return { mean: m!, covariance: scaled(d!, relative) };
};

/** The log density in doubles. */
export const denseLogProb = ({ mean, covariance }: Dense, weight: readonly number[]): number => {
  const distance = weight.map((x, i) => [x - mean[i]!]);
  const square = product(transpose(distance), product(inverse(covariance), distance))[0]![0]!;
  return -0.5 * (square + Math.log(determinant(covariance)) + mean.length * Math.log(2 * Math.PI));
};

/** The divergence of one normal from another, in doubles. */
export const denseDivergence = (q: Dense, p: Dense): number => {
  const precision = inverse(p.covariance);
  const distance = q.mean.map((x, i) => [x - p.mean[i]!]);
  const square = product(transpose(distance), product(precision, distance))[0]![0]!;
  const trace = product(precision, q.covariance).reduce((sum, row, i) => sum + row[i]!, 0);
  const logs = Math.log(determinant(p.covariance)) - Math.log(determinant(q.covariance));
  return 0.5 * (trace + square - q.mean.length + logs);
};

/** Independent elements of the same standard deviation. */
export const denseNormal = (mean: readonly number[], std: number): Dense => ({
  mean,
  covariance: toMatrix(mean.length, mean.length, (i, j) => (i === j ? std ** 2 : 0)),
});
