import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { AffineLayer, Forward, Handler } from '../layers/index.ts';
import { customGrad } from '../ops/customGrad.ts';
import { savedOutput } from '../ops/gradients/savedOutput.ts';
import * as random from '../random/index.ts';
import type { Pass } from './estimator.ts';
import { type Model, withEstimator } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';

/** Against a division by 0. Its reciprocal is finite, and no variance that matters is as small. */
const tiny = 1e-37;

/** The square root whose gradient at 0 is 0, as that of a layer without noise has to be. */
const sqrtOrZero = (variance: tf.Tensor): tf.Tensor =>
  customGrad((x: tf.Tensor) => {
    const root = tf.sqrt(x);
    return {
      value: root,
      saved: [x, root],
      gradient: (dy, [of, its]) => tf.mul(dy, tf.div(tf.mul(savedOutput(its), 0.5), tf.add(of, tiny))),
    };
  })(variance);

/** A layer called twice would use one noise for two outputs, and their errors would no longer be independent. */
const once = (name: string, f: (x: tf.Tensor) => tf.Tensor): ((x: tf.Tensor) => tf.Tensor) => {
  let isCalled = false;
  return (x) => {
    if (isCalled) {
      throw new Error(
        `localReparametrization: layer '${name}' is called twice in one forward pass, which needs one draw of its ` +
          'weights; use the model without that estimator',
      );
    }
    isCalled = true;
    return f(x);
  };
};

/**
 * What an affine layer does that adds noise to its output: the mean plus the standard deviation times `noise`, which is
 * given the layer and the output's shape. A layer of ordinary weights has none.
 *
 * @throws Error, when called, for an input with fewer axes than a row has
 * @example
 * const estimator: Estimator = {
 *   name: 'noisyOutputs',
 *   handler: (pass) => ({
 *     weight: pass.draw,
 *     key: pass.key,
 *     affine: noisyOutput(pass, ({ path }, shape) => random.normal(pass.key([...path, 'output']), shape)),
 *   }),
 * };
 */
export const noisyOutput = (
  { moments }: Pick<Pass, 'moments'>,
  noise: (layer: AffineLayer, shape: readonly number[]) => tf.Tensor,
): NonNullable<Handler['affine']> => {
  if (typeof noise !== 'function')
    invalidArgument('noisyOutput: noise', 'a function of a layer and a shape', noise);
  return (layer) => {
    const { path, featureRank, sites, on } = layer;
    if (sites.every(({ posterior }) => posterior.deterministic)) return undefined;
    const known = new Map(sites.map((site) => [site, moments(site)]));
    const [mean, variance] = [on((site) => known.get(site)!.mean), on((site) => known.get(site)!.variance)];
    const name = path.join('.');
    return once(name, (x) => {
      if (x.rank < featureRank)
        invalidArgument(`input of layer '${name}'`, `a tensor of at least ${featureRank} axes`, x);
      const location = mean(x);
      return tf.add(location, tf.mul(sqrtOrZero(variance(tf.square(x))), noise(layer, location.shape)));
    });
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
export const localReparametrization = <P, F extends Forward>(model: Model<P, F> | NotBayesian): Model<P, F> =>
  withEstimator('localReparametrization: model', checkedModel('localReparametrization: model', model), {
    name: 'localReparametrization',
    handler: (pass) => ({
      weight: pass.draw,
      key: pass.key,
      affine: noisyOutput(pass, ({ path }, shape) => random.normal(pass.key([...path, 'output']), shape)),
    }),
  });
