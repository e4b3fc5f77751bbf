import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  bayesian,
  elbo,
  fit,
  gaussian,
  learnedNoise,
  linear,
  localReparametrization,
  pipe,
  random,
  sequential,
  stream,
  trainStep,
  withDivergence,
} from 'tfjs-bayesian';
import { readBatches } from './table.ts';

export const model = bayesian()(sequential(linear(2, 32), tf.tanh, linear(32, 1), learnedNoise(1)));

/** A pass over a table. */
export interface Pass {
  readonly table: string;
  readonly rows: number;
  /** The file that the run is saved to as it goes, and resumed from if it is there. */
  readonly checkpoint: string;
  /** Steps between two saves. */
  readonly every: number;
  readonly onStep?: (info: { readonly step: number }) => void;
}

/** Trains in one pass over a table that is read from disk. */
export const train = ({ table, rows, checkpoint: path, every, onStep = () => {} }: Pass) => {
  const terms = pipe(model, localReparametrization, withDivergence);
  const loss = elbo({ likelihood: gaussian(), datasetSize: rows })(terms);
  return fit(trainStep(loss, adam({ learningRate: 3e-3 })), {
    model,
    key: random.key(0),
    batches: stream(() => readBatches(table), { rows }),
    epochs: 1,
    checkpoint: { path, every },
    onStep,
    progress: false,
  });
};
