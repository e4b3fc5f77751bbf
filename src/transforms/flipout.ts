import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { AffineLayer, Forward, Handler, Site } from '../layers/index.ts';
import * as random from '../random/index.ts';
import type { Moments, Pass } from './estimator.ts';
import { type Model, withEstimator } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';

/**
 * Signs for each example and each feature, constant over the axes between them: positions in space or in a sequence.
 */
const signsLike = (x: tf.Tensor, batched: boolean, key: random.Key): tf.Tensor => {
  const shape = x.shape.map((size, axis) => (axis === x.rank - 1 || (batched && axis === 0) ? size : 1));
  return tf.sub(tf.mul(random.bernoulli(key, shape, { p: 0.5 }), 2), 1);
};

const symmetricMoments = ({ name, posterior }: Site, moments: () => Moments): Moments =>
  posterior.symmetric === true && posterior.moments !== undefined
    ? moments()
    : invalidArgument(
        `flipout: posterior of '${name}'`,
        'one with moments whose elements are independent and symmetric about their means (symmetric: true)',
        posterior.name,
        'use the model without that estimator: weight sampling is exact for every posterior',
      );

/** The mean output plus the deviation's, with its inputs and outputs multiplied by signs (Wen et al. 2018, sec. 3.1). */
const flipped =
  ({ draw, moments, key }: Pass): NonNullable<Handler['affine']> =>
  ({ path, featureRank, sites, on }: AffineLayer) => {
    // A layer of ordinary weights has no deviation.
    if (sites.every(({ posterior }) => posterior.deterministic)) return undefined;
    const parts = new Map(
      sites.map((site) => {
        const { mean } = symmetricMoments(site, () => moments(site));
        return [site, { mean, deviation: tf.sub(draw(site), mean) }];
      }),
    );
    const [mean, deviation] = [on((site) => parts.get(site)!.mean), on((site) => parts.get(site)!.deviation)];
    const [inputKey, outputKey] = random.split(key([...path, 'output'])) as [random.Key, random.Key];
    return (x) => {
      if (x.rank < featureRank)
        invalidArgument(`input of layer '${path.join('.')}'`, `a tensor of at least ${featureRank} axes`, x);
      const batched = x.rank > featureRank;
      const noise = deviation(tf.mul(x, signsLike(x, batched, inputKey)));
      return tf.add(mean(x), tf.mul(noise, signsLike(noise, batched, outputKey)));
    };
  };

/**
 * The model that gives every example of a batch its own weight sample by flipping the signs of one shared sample: the
 * deviations from the mean are multiplied by random signs of the example's input and output features (Wen et al. 2018).
 * The batch is the first axis. Signs are constant over positions, so an example has one sample at all of them, also when
 * a layer is called more than once. Each example's weights have exactly the posterior's distribution, for convolutions
 * and sequences too. It costs two forward passes of each affine layer; layers that are not affine share one sample.
 *
 * Works with `withDivergence` and with `withLogProbs`, whose terms are those of the shared sample, with the same
 * expectation as every example's.
 *
 * @throws Error if the argument is not a model; when run, naming the variable of an affine layer whose posterior is not
 * `symmetric`
 * @example
 * const loss = pipe(
 *   model,
 *   flipout,
 *   withLogProbs,
 *   vmapSamples({ samples: 1 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }),
 * );
 */
export const flipout = <P, F extends Forward>(model: Model<P, F> | NotBayesian): Model<P, F> =>
  withEstimator('flipout: model', checkedModel('flipout: model', model), {
    name: 'flipout',
    handler: (pass) => ({ weight: pass.draw, key: pass.key, affine: flipped(pass) }),
  });
