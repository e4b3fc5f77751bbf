import type * as tf from '@tensorflow/tfjs-core';
import {
  type ElboParts,
  elbo,
  type Loss,
  type Sampled,
  type WithDivergence,
  type WithLogProbs,
} from 'tfjs-bayesian';
import { type Fields, has, numberIn, textIn } from './json.ts';
import { findLikelihood } from './likelihoods.ts';

type Terms = WithDivergence<tf.Tensor> | WithLogProbs<tf.Tensor>;

/**
 * The negative ELBO of a case, with what the samples say together as its data fitting. Without a size of the
 * data set torch_blue takes the batch for all of it.
 */
export const makeObjective = <P, A extends readonly unknown[]>(
  golden: Fields,
  f: Sampled<P, A, Terms>,
  batchSize: number,
): Loss<P, A, tf.Tensor, ElboParts> =>
  elbo({
    likelihood: findLikelihood(textIn(golden, 'predictive'), golden.norm_constants === true),
    datasetSize: has(golden, 'dataset_size') ? numberIn(golden, 'dataset_size') : batchSize,
    temperature: numberIn(golden, 'heat'),
    dataFitting: 'predictive',
  })(f);
