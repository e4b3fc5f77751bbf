import * as tf from '@tensorflow/tfjs-core';
import { accuracy, negativeLogLikelihood, type Predictive } from 'tfjs-bayesian';
import { readValues } from '../backend.ts';

/** Scores of predictions for sequences, averaged over positions. */
export interface Report {
  readonly accuracy: number;
  readonly nll: number;
  /** The predictive entropy, and the part of it that more data would reduce, in nats. */
  readonly entropy: number;
  readonly epistemic: number;
}

/** The scores for sequences of one length. */
export interface Row extends Report {
  readonly length: number;
  /** Whether the training data has sequences of this length. */
  readonly trained: boolean;
}

/** Scores of predictions for whole sequences, `[rows, length]`. */
export const evaluate = async ({ mean, uncertainty }: Predictive, targets: tf.Tensor): Promise<Report> => {
  const read = await readValues(
    tf.tidy(() => {
      const probabilities = tf.reshape(mean, [-1, mean.shape.at(-1) ?? 1]);
      const labels = tf.reshape(targets, [-1]);
      return {
        accuracy: accuracy(probabilities, labels),
        nll: negativeLogLikelihood(probabilities, labels),
        entropy: tf.mean(uncertainty.total) as tf.Tensor,
        epistemic: tf.mean(uncertainty.epistemic) as tf.Tensor,
      };
    }),
  );
  const number = ([value = Number.NaN]: readonly number[]): number => value;
  return {
    accuracy: number(read.accuracy),
    nll: number(read.nll),
    entropy: number(read.entropy),
    epistemic: number(read.epistemic),
  };
};

const heads = ['length', 'trained on', 'accuracy', 'NLL', 'entropy', 'epistemic'] as const;

const cells = ({ length, trained, ...report }: Row): readonly string[] => [
  String(length),
  trained ? 'yes' : 'no',
  `${(100 * report.accuracy).toFixed(1)} %`,
  report.nll.toFixed(3),
  report.entropy.toFixed(3),
  report.epistemic.toFixed(3),
];

/** The reports as a table with a line for each length. */
export const table = (rows: readonly Row[]): string => {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
};
