import * as tf from '@tensorflow/tfjs-core';
import { savedOutput } from '../backend/gradients/savedOutput.ts';
import { misuse } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import * as random from '../random/index.ts';
import { type AffineSite, drawing } from './estimator.ts';
import { assertModel, type Model, modelOf } from './model.ts';

/** Against a division by 0. Its reciprocal is finite, and no variance that matters is as small. */
const tiny = 1e-37;

/** The square root whose gradient at 0 is 0, as that of a layer without noise has to be. */
const sqrtOrZero = (variance: tf.Tensor): tf.Tensor =>
  tf.customGrad((x, save) => {
    const root = tf.sqrt(x as tf.Tensor);
    (save as tf.GradSaveFunc)([x as tf.Tensor, root]);
    return {
      value: root,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [of, its] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(dy, tf.div(tf.mul(savedOutput(its), 0.5), tf.add(of, tiny)));
      },
    };
  })(variance);

/**
 * An affine layer that adds noise to its output: the mean plus the standard deviation times `noise`.
 *
 * @throws Error, when called, for an input with fewer axes than a row has
 * @example
 * const affine = noisyOutput(({ key }, shape) => random.normal(key, shape));
 */
export const noisyOutput = (noise: (site: AffineSite, shape: readonly number[]) => tf.Tensor) => {
  if (typeof noise !== 'function') misuse('noisyOutput: noise', 'a function of a site and a shape', noise);
  return (site: AffineSite) =>
    (x: tf.Tensor): tf.Tensor => {
      const { name, featureRank, mean, variance } = site;
      if (x.rank < featureRank)
        misuse(`input of layer '${name}'`, `a tensor of at least ${featureRank} axes`, x);
      const location = mean(x);
      return tf.add(location, tf.mul(sqrtOrZero(variance(tf.square(x))), noise(site, location.shape)));
    };
};

/**
 * The model that draws the outputs of its affine layers instead of their weights (Kingma, Salimans & Welling
 * 2015, eq. 6): each row has noise of its own, so gradients vary less. Exact for a linear layer on
 * `[batch, features]`; over positions (convolutions, sequences) the usual approximation, so predict with
 * weight draws there. The noise is normal: of other posteriors it has the mean and the variance alone. Goes with
 * `withDivergence`; weights that are not drawn have no log probability.
 *
 * Layers that are not affine share one draw.
 *
 * @throws Error for what is not a model; when run, naming the variable of an affine layer whose posterior has no
 * moments, or the layer if such a one is called twice in one forward pass
 * @example
 * const loss = pipe(model, localReparametrization, withDivergence,
 *   vmapSamples({ samples: 1 }), elbo({ likelihood: categorical(), datasetSize: 60_000 }));
 */
export const localReparametrization = <P, F extends Forward>(model: Model<P, F>): Model<P, F> => {
  assertModel('localReparametrization: model', model);
  return modelOf(model.layer, model.options, {
    ...drawing,
    name: 'localReparametrization',
    affine: noisyOutput(({ key }, shape) => random.normal(key, shape)),
  });
};
