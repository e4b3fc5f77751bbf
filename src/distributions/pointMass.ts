import * as tf from '@tensorflow/tfjs-core';
import { type Posterior, posterior } from './posterior.ts';

/** The parameter of a point mass: the weight itself. */
export interface PointMassParams {
  readonly value: tf.Tensor;
}

const logProb = (_: unknown, weight: tf.Tensor): tf.Tensor => tf.zerosLike(weight);

/**
 * The posterior concentrated on one value: an ordinary weight. Its log probability counts as 0, so with a prior the
 * ELBO is the maximum a posteriori objective, and with `flat()` the maximum likelihood objective.
 *
 * @example
 * const ordinary = bayesian({ posterior: pointMass() })(linear(2, 1));
 */
export const pointMass = (): Posterior<PointMassParams> =>
  posterior<PointMassParams>({
    name: 'pointMass',
    init: (mean) => ({ value: mean }),
    sample: ({ value }) => tf.clone(value),
    logProb,
    zero: { of: logProb },
    deterministic: true,
    independent: true,
    symmetric: true,
    moments: ({ value }) => ({ mean: tf.clone(value), variance: tf.zerosLike(value) }),
    fromMoments: (mean) => ({ value: mean }),
  });
