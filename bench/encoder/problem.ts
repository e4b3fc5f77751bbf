import { random } from 'tfjs-bayesian';
import type { Rows } from '../ours.ts';
import type { Problem } from '../problem.ts';

/** One encoder layer of a transformer, and the sequences that it is trained on. */
export const encoderProblem = {
  dModel: 64,
  nhead: 4,
  dimFeedforward: 256,
  batch: 16,
  length: 32,
  samples: 10,
  datasetSize: 10_000,
} as const;

/** How many sequences there are in a step, and how many draws. */
export type EncoderSize = Omit<Problem, 'width'>;

/** Sequences, and what they are to be mapped to: normal noise both. */
export const sequences = ({ batch }: EncoderSize = encoderProblem): Rows => {
  const shape = [batch, encoderProblem.length, encoderProblem.dModel];
  return { inputs: random.normal(random.key(0), shape), targets: random.normal(random.key(1), shape) };
};
