import { div, reshape, sum, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { misuse, sameShape } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { indicator } from './indicator.ts';

/** Predictions and labels with all axes but the classes' made one. */
export interface Rows {
  /** Class probabilities, `[rows, classes]`. */
  readonly probabilities: Tensor2D;
  /** A one in each row's class and zeros elsewhere, `[rows, classes]`; a label that is no class gives NaN. */
  readonly targets: Tensor2D;
}

/**
 * The probabilities, if they are a tensor with classes on its last axis.
 *
 * @throws Error naming `fn` otherwise
 */
export const checkProbabilities = (fn: string, probabilities: unknown): Tensor =>
  isTensor(probabilities) && probabilities.rank >= 1 && probabilities.size > 0
    ? probabilities
    : misuse(`${fn}: probabilities`, 'a tensor of shape [batch, classes], not empty', probabilities);

/**
 * Predictions and labels in rows, for functions that take both.
 *
 * @throws Error naming `fn` if the labels do not have the shape of the probabilities without the classes
 */
export const rowsOf = (fn: string, given: Tensor, labels: Tensor): Rows => {
  const probabilities = checkProbabilities(fn, given);
  const expected = probabilities.shape.slice(0, -1);
  if (!isTensor(labels) || !sameShape(labels.shape, expected)) {
    misuse(`${fn}: labels`, `a tensor of class labels of shape [${expected.join(', ')}]`, labels);
  }
  const classes = probabilities.shape.at(-1)!;
  const hot = indicator(reshape(labels, [-1]), classes);
  return {
    probabilities: reshape(probabilities, [-1, classes]),
    // A label that is no class has a row of zeros, and 0 / 0 is NaN: better no result than a wrong one.
    targets: div(hot, sum(hot, 1, true)),
  };
};
