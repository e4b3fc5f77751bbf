import * as tf from '@tensorflow/tfjs-core';
import { accuracy, negativeLogLikelihood, type Predictive } from 'tfjs-bayesian';

/** What predictions of sequences are worth, on average over their positions. */
export interface Report {
  readonly accuracy: number;
  readonly nll: number;
  /** The predictive entropy, and the part of it that more data could take away, in nats. */
  readonly entropy: number;
  readonly epistemic: number;
}

/** The report on sequences of one length. */
export interface Row extends Report {
  readonly length: number;
  /** Whether sequences of this length were among those trained on. */
  readonly trained: boolean;
}

/** What a prediction of whole sequences, `[rows, length]`, is worth. */
export const evaluate = ({ mean, uncertainty }: Predictive, targets: tf.Tensor): Report => {
  const scalar = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] ?? Number.NaN);
  const probabilities = () => tf.reshape(mean, [-1, mean.shape.at(-1) ?? 1]);
  const labels = () => tf.reshape(targets, [-1]);
  return {
    accuracy: scalar(() => accuracy(probabilities(), labels())),
    nll: scalar(() => negativeLogLikelihood(probabilities(), labels())),
    entropy: scalar(() => tf.mean(uncertainty.total)),
    epistemic: scalar(() => tf.mean(uncertainty.epistemic)),
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

/** The reports as a table, a line for each length. */
export const table = (rows: readonly Row[]): string => {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
};
