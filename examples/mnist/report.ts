import * as tf from '@tensorflow/tfjs-core';
import { accuracy, calibration, negativeLogLikelihood, type Predictive } from 'tfjs-bayesian';

export interface Report {
  readonly accuracy: number;
  readonly nll: number;
  readonly ece: number;
  /** Mean predictive entropy, in nats, of the answers that were right and of those that were wrong. */
  readonly entropyRight: number;
  readonly entropyWrong: number;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** What a prediction of all test images is worth. */
export const evaluate = ({ mean: probabilities, uncertainty }: Predictive, labels: tf.Tensor): Report => {
  const scalar = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] ?? Number.NaN);
  const right = tf.tidy(() => tf.equal(tf.argMax(probabilities, -1), labels).dataSync());
  const entropies = Array.from(uncertainty.total.dataSync());
  return {
    accuracy: scalar(() => accuracy(probabilities, labels)),
    nll: scalar(() => negativeLogLikelihood(probabilities, labels)),
    ece: scalar(() => calibration(probabilities, labels).ece),
    entropyRight: mean(entropies.filter((_, row) => right[row])),
    entropyWrong: mean(entropies.filter((_, row) => !right[row])),
  };
};

/** The report as a table of two lines. */
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
