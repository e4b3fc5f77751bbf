import * as tf from '@tensorflow/tfjs-core';
import { bernoulli } from 'tfjs-bayesian';
import type { LabelledPoint } from '../shared/points.ts';
import { CELLS, evenGrid } from '../shared/range.ts';
import type { Settings } from '../shared/settings.ts';
import { makeProblem, type Problem, type Rows, type State } from './problem.ts';

/** The resolution of the maps. A coarse one costs an eighth of a fine one. */
export type Detail = 'fine' | 'coarse';

/** The number of weight samples for the maps. */
const DRAWS = { fine: 32, coarse: 16 } as const;

/** Values over the square, row by row from the top, `cells` by `cells`. Uncertainties are in nats. */
export interface Maps {
  readonly cells: number;
  /** The probability of class 1. */
  readonly probability: Float32Array;
  /** The aleatoric uncertainty. */
  readonly aleatoric: Float32Array;
  /** The epistemic uncertainty. */
  readonly epistemic: Float32Array;
}

/** The problem of the classification panel. */
export const classification = (settings: Settings, rows: number): Problem =>
  makeProblem(2, bernoulli(), settings, rows);

/** Points as rows. */
export const classificationRows = (points: readonly LabelledPoint[]): Rows => ({
  inputs: tf.tensor2d(points.map(({ x, y }) => [x, y])),
  targets: tf.tensor2d(points.map(({ label }) => [label])),
});

const listPlaces = (cells: number): number[][] =>
  evenGrid(cells).flatMap((y) => evenGrid(cells).map((x) => [x, -y]));

/** Predictions for the whole square; leaves no tensors. */
export const maps = async (problem: Problem, state: State, detail: Detail): Promise<Maps> => {
  const x = tf.tensor2d(listPlaces(CELLS[detail]));
  const { outputs, predictive } = problem.predict(state, x, DRAWS[detail]);
  const { mean, uncertainty } = predictive;
  const [probability, aleatoric, epistemic] = (await Promise.all([
    mean.data(),
    uncertainty.aleatoric.data(),
    uncertainty.epistemic.data(),
  ])) as [Float32Array, Float32Array, Float32Array];
  tf.dispose([x, outputs, mean, ...Object.values(uncertainty)]);
  return { cells: CELLS[detail], probability, aleatoric, epistemic };
};

/** How often the more probable class is the right one; leaves no tensors. Undefined without points. */
export const accuracyOn = async (
  problem: Problem,
  state: State,
  points: readonly LabelledPoint[],
  detail: Detail,
): Promise<number | undefined> => {
  if (points.length === 0) return undefined;
  const { inputs, targets } = classificationRows(points);
  const { outputs, predictive } = problem.predict(state, inputs, DRAWS[detail]);
  const probabilities = await predictive.mean.data();
  tf.dispose([inputs, targets, outputs, predictive.mean, ...Object.values(predictive.uncertainty)]);
  return (
    points.filter(({ label }, i) => Number((probabilities[i] as number) > 0.5) === label).length /
    points.length
  );
};
