import type * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { AffineLayer, Forward, Handler, Site } from '../layers/index.ts';
import { addNoise } from '../ops/addNoise.ts';
import { withSquare } from '../ops/withSquare.ts';
import * as random from '../random/index.ts';
import type { Moments, Pass } from './estimator.ts';
import { type Model, withEstimator } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';

/** A layer called twice would use the same noise for two outputs, whose errors would no longer be independent. */
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

/** The moments of a variable whose elements are independent: the variances of others do not add up to an output's. */
const independentMoments = ({ name, posterior }: Site, moments: Moments): Moments =>
  posterior.independent === true
    ? moments
    : invalidArgument(
        `localReparametrization: posterior of '${name}'`,
        'one whose elements are independent (independent: true)',
        posterior.name,
        'use the model without that estimator: weight sampling is exact for every posterior',
      );

/**
 * The function of an affine layer that adds noise to its output: the mean plus the standard deviation times `noise`, a
 * function of the layer and the output's shape. A layer of ordinary weights has no noise.
 *
 * @throws Error, when run, naming the variable whose posterior has no moments or whose elements are not independent; when
 * called, for an input with fewer axes than a row has
 * @example
 * const estimator: Estimator = {
 *   name: 'noisyOutputs',
 *   handler: (pass) => ({
 *     weight: pass.draw,
 *     key: pass.key,
 *     affine: noisyOutput(pass, ({ path }, shape) =>
 *       random.normal(pass.key([...path, 'output']), shape),
 *     ),
 *   }),
 * };
 */
export const noisyOutput = (
  pass: Pick<Pass, 'moments'>,
  noise: (layer: AffineLayer, shape: readonly number[]) => tf.Tensor,
): NonNullable<Handler['affine']> => {
  if (typeof noise !== 'function')
    invalidArgument('noisyOutput: noise', 'a function of a layer and a shape', noise);
  return (layer) => {
    const { path, featureRank, sites, on } = layer;
    if (sites.every(({ posterior }) => posterior.deterministic)) return undefined;
    const known = new Map(sites.map((site) => [site, independentMoments(site, pass.moments(site))]));
    const [mean, variance] = [on((site) => known.get(site)!.mean), on((site) => known.get(site)!.variance)];
    const name = path.join('.');
    return once(name, (x) => {
      if (x.rank < featureRank)
        invalidArgument(`input of layer '${name}'`, `a tensor of at least ${featureRank} axes`, x);
      const given = withSquare(x);
      const location = mean(given.x);
      return addNoise(location, variance(given.square), noise(layer, location.shape));
    });
  };
};

/**
 * The model that samples the outputs of its affine layers instead of their weights (Kingma, Salimans & Welling 2015,
 * eq. 6): each row has its own noise, so gradients vary less. Exact for a linear layer on `[batch, features]`; over
 * positions (convolutions, sequences) it is the usual approximation, so predict with weight samples there. The noise is
 * normal and matches only the mean and variance of other posteriors. Works with `withDivergence`; weights that are not
 * sampled have no log probability.
 *
 * Layers that are not affine share one sample.
 *
 * @throws Error if the argument is not a model; when run, naming the variable of an affine layer whose posterior has no
 * moments or is not `independent`, or an affine layer that is called twice in one forward pass
 * @example
 * const loss = pipe(
 *   model,
 *   localReparametrization,
 *   withDivergence,
 *   vmapSamples({ samples: 1 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }),
 * );
 */
export const localReparametrization = <P, F extends Forward>(model: Model<P, F> | NotBayesian): Model<P, F> =>
  withEstimator('localReparametrization: model', checkedModel('localReparametrization: model', model), {
    name: 'localReparametrization',
    samplesWeights: false,
    handler: (pass) => ({
      weight: pass.draw,
      key: pass.key,
      affine: noisyOutput(pass, ({ path }, shape) => random.normal(pass.key([...path, 'output']), shape)),
    }),
  });
