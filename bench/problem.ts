import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';

/** The work: a network of three linear layers, and how much of it. */
export interface Size {
  readonly width: number;
  readonly batch: number;
  readonly samples: number;
}

/** The work, and how many samples of it are held in memory at once: all, if nothing is said. */
export interface Problem extends Size {
  readonly chunk?: number;
}

/** The model of Figure 1 of torch_blue's paper. */
export const figureOne: Problem = { width: 512, batch: 64, samples: 10 };

/** The samples of a problem, as `vmapSamples` takes them. */
export const listSamples = ({ samples, chunk = samples }: Pick<Problem, 'samples' | 'chunk'>) => ({
  samples,
  chunk,
});

export const FEATURES = 784;
export const CLASSES = 10;
export const DATASET_SIZE = 60_000;
export const LEARNING_RATE = 1e-3;

/** The sizes of the layers' inputs, and of the last one's output. */
export const layerSizes = ({ width }: Problem): readonly number[] => [FEATURES, width, width, CLASSES];

/** A batch of as many rows as the problem has: noise from 0 to 1, and labels. Time does not depend on what is in it. */
export const makeBatch = ({
  batch,
}: Problem): { readonly inputs: tf.Tensor; readonly targets: tf.Tensor } => ({
  inputs: random.uniform(random.key(0), [batch, FEATURES]),
  targets: tf.tensor1d(
    Int32Array.from({ length: batch }, (_, row) => row % CLASSES),
    'int32',
  ),
});
