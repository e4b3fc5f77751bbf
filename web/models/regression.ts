import * as tf from '@tensorflow/tfjs-core';
import { gaussian } from 'tfjs-bayesian';
import type { Point } from '../shared/points.ts';
import { CURVE, evenGrid } from '../shared/range.ts';
import type { Settings } from '../shared/settings.ts';
import { makeProblem, type Problem, type Rows, type State } from './problem.ts';

/** The number of weight samples for the bands. */
const DRAWS = 64;

/** How many of them are displayed as curves. */
export const FUNCTIONS = 6;

/** Curves over `evenGrid(CURVE)`. */
export interface Curves {
  readonly mean: Float32Array;
  /** The standard deviation of the mean under the posterior: the epistemic uncertainty. */
  readonly epistemic: Float32Array;
  /** Some functions sampled from the posterior. */
  readonly functions: readonly Float32Array[];
}

/** The problem of the regression panel, with known noise. */
export const regression = (settings: Settings, rows: number): Problem =>
  makeProblem(1, gaussian({ std: settings.noise }), settings, rows);

/** Points as rows. */
export const regressionRows = (points: readonly Point[]): Rows => ({
  inputs: tf.tensor2d(points.map(({ x }) => [x])),
  targets: tf.tensor2d(points.map(({ y }) => [y])),
});

/** Predictions along the whole axis; leaves no tensors. */
export const curves = async (problem: Problem, state: State): Promise<Curves> => {
  const x = tf.tensor2d(evenGrid(CURVE).map((at) => [at]));
  const { outputs, predictive } = problem.predict(state, x, DRAWS);
  const { mean, uncertainty } = predictive;
  const [all, middle, variance] = (await Promise.all([
    outputs.data(),
    mean.data(),
    uncertainty.epistemic.data(),
  ])) as [Float32Array, Float32Array, Float32Array];
  tf.dispose([x, outputs, mean, ...Object.values(uncertainty)]);
  return {
    mean: middle,
    epistemic: variance.map((v) => Math.sqrt(Math.max(0, v))),
    functions: Array.from({ length: FUNCTIONS }, (_, i) => all.slice(i * CURVE, (i + 1) * CURVE)),
  };
};
