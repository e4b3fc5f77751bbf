import { argMax, mul, sum, type Tensor1D } from '@tensorflow/tfjs-core';
import { indicator } from './indicator.ts';
import type { Rows } from './rows.ts';

/** For each row 1 where its most probable class is its label, else 0; NaN for a row that has no right score. */
export const correct = ({ probabilities, targets, sound }: Rows): Tensor1D =>
  mul(sum(mul(indicator(argMax(probabilities, 1), probabilities.shape[1]), targets), 1), sound);
