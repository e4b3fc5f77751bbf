import * as tf from '@tensorflow/tfjs-core';
import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import type { Forward } from '../layers/index.ts';
import { tidied } from '../tree/index.ts';
import { bind } from './bind.ts';
import { assertModel, type Model } from './model.ts';
import type { Stochastic, WithLogProbs } from './stochastic.ts';

/** tfjs's own `addN` of more is wrong on webgpu, where a program reads seven tensors and writes one. */
const most = 7;

const added = (terms: readonly tf.Tensor[]): tf.Tensor =>
  terms.length <= most ? tf.addN([...terms]) : added(chunksOf(most)(terms).map(added));

const total = (terms: readonly tf.Tensor[]): tf.Tensor =>
  terms.length === 0 ? tf.scalar(0) : added(terms.map((term) => (term.rank === 0 ? term : tf.sum(term))));

/**
 * The model's output beside the log probabilities of the very weights that made it: under the prior and
 * under the posterior, summed over all weights, in nats.
 *
 * @throws Error for what is no model; when run, if the model's estimator does without some weights
 * @example
 * const { output, logProbs } = withLogProbs(model)(params, random.key(0), images);
 */
export const withLogProbs = <P, F extends Forward>(
  model: Model<P, F>,
): Stochastic<P, Parameters<F>, WithLogProbs<ReturnType<F>>> => {
  assertModel('withLogProbs: model', model);
  const filled = bind(model.estimator, model.options, model.layer, { scoring: true });
  return (params, key, ...inputs) =>
    tidied(() => {
      const [forward, terms] = filled(params, key);
      const output = forward(...(inputs as never[])) as ReturnType<F>;
      const each = terms.map((term) => term());
      const logProbs = {
        prior: total(each.flatMap(({ prior }) => prior ?? [])),
        posterior: total(each.flatMap(({ posterior }) => posterior ?? [])),
      };
      return { output, logProbs };
    });
};
