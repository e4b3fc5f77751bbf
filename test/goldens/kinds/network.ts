import * as tf from '@tensorflow/tfjs-core';
import {
  type ElboParts,
  type random,
  type Sampled,
  type Stochastic,
  type WithDivergence,
  type WithLogProbs,
  withDivergence,
  withLogProbs,
} from 'tfjs-bayesian';
import { sumEntropyConstants } from '../entropyConstant.ts';
import { type Fields, numberIn, textIn } from '../json.ts';
import type { Net } from '../modules.ts';
import { makeObjective } from '../objective.ts';
import { type NetModel, type Noise, withRecordedNoise } from '../recorded.ts';

type Terms = WithDivergence<tf.Tensor> | WithLogProbs<tf.Tensor>;

/** A batch with the noise that is to be used on it. */
export interface NoisyBatch {
  /** All arguments of the network. */
  readonly inputs: readonly unknown[];
  readonly targets: tf.Tensor;
  readonly noise: Noise;
}

/** The network of a case as its loss sees it: log probabilities, or the closed form, beside the output. */
export const lossTerms = (
  golden: Fields,
  net: Net,
  noise: Noise,
): Sampled<unknown, readonly unknown[], Terms> => {
  const type = textIn(golden, 'loss_type');
  if (type !== 'KullbackLeiblerLoss' && type !== 'AnalyticalKullbackLeiblerLoss') {
    throw new Error(`'${type}' is no loss that this check knows`);
  }
  const transform = type === 'KullbackLeiblerLoss' ? withLogProbs : withDivergence;
  return withRecordedNoise<Terms>(
    net,
    transform as (model: NetModel) => Stochastic<unknown, readonly unknown[], Terms>,
    noise,
    numberIn(golden, 'samples'),
  );
};

/** The whole negative ELBO of a case through the real forward pass. */
export const networkLoss =
  (golden: Fields, net: Net) =>
  (params: unknown, key: random.Key, { inputs, targets, noise }: NoisyBatch): ElboParts => {
    const loss = makeObjective(golden, lossTerms(golden, net, noise), targets.shape[0] ?? 1);
    const parts = loss(params, key, { inputs, targets });
    const constant =
      golden.loss_type === 'AnalyticalKullbackLeiblerLoss'
        ? numberIn(golden, 'heat') * sumEntropyConstants(net, golden.norm_constants === true)
        : 0;
    return { ...parts, loss: tf.sub(parts.loss, constant) };
  };
