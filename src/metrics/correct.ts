import { argMax, mul, sum, type Tensor1D } from '@tensorflow/tfjs-core';
import { indicator } from './indicator.ts';
import type { Rows } from './rows.ts';

/** For each row 1 where its most probable class is its label, else 0. */
export const correct = ({ probabilities, targets }: Rows): Tensor1D =>
  sum(mul(indicator(argMax(probabilities, 1), probabilities.shape[1]), targets), 1);
