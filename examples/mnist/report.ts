import * as tf from '@tensorflow/tfjs-core';
import { accuracy, calibration, negativeLogLikelihood, type Predictive } from 'tfjs-bayesian';
import { readValues } from '../backend.ts';

export interface Report {
  readonly accuracy: number;
  readonly nll: number;
  readonly ece: number;
  /** Mean predictive entropy of right and of wrong answers, in nats. */
  readonly entropyRight: number;
  readonly entropyWrong: number;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Scores of the predictions for all test images. */
export const evaluate = async (
  { mean: probabilities, uncertainty }: Predictive,
  labels: tf.Tensor,
): Promise<Report> => {
  const read = await readValues(
    tf.tidy(() => ({
      accuracy: accuracy(probabilities, labels),
      nll: negativeLogLikelihood(probabilities, labels),
      ece: calibration(probabilities, labels).ece,
      right: tf.equal(tf.argMax(probabilities, -1), labels),
      entropies: tf.clone(uncertainty.total),
    })),
  );
  return {
    accuracy: mean(read.accuracy),
    nll: mean(read.nll),
    ece: mean(read.ece),
    entropyRight: mean(read.entropies.filter((_, row) => read.right[row])),
    entropyWrong: mean(read.entropies.filter((_, row) => !read.right[row])),
  };
};

/** The report as a table with two lines. */
export const table = (epochs: number, seconds: number, report: Report): string => {
  const columns: readonly (readonly [string, string])[] = [
    ['epochs', String(epochs)],
    ['seconds', seconds.toFixed(0)],
    ['accuracy', `${(100 * report.accuracy).toFixed(2)} %`],
    ['NLL', report.nll.toFixed(4)],
    ['ECE', report.ece.toFixed(4)],
    ['entropy right', report.entropyRight.toFixed(3)],
    ['entropy wrong', report.entropyWrong.toFixed(3)],
  ];
  const cell = (text: string, [head, value]: readonly [string, string]) =>
    text.padStart(Math.max(head.length, value.length));
  return [
    columns.map((column) => cell(column[0], column)).join('  '),
    columns.map((column) => cell(column[1], column)).join('  '),
  ].join('\n');
};
