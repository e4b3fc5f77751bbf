import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { parameterTree } from '../layers/core/resolve.ts';
import type { Network, Site } from '../layers/index.ts';
import * as random from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { map, tidied } from '../tree/index.ts';
import { keyAt } from './forward.ts';

const fromPrior = ({ posterior, prior, name: place, shape }: Site, key: random.Key): unknown => {
  const name = `priorInitialization of '${place}'`;
  if (posterior.fromMoments === undefined)
    return invalidArgument(name, 'used with a posterior that has fromMoments', posterior);
  if (prior.drawMoments !== undefined) {
    const { mean, std } = prior.drawMoments(shape, key);
    for (const [moment, drawn] of Object.entries({ mean, std })) {
      if (!sameShape(drawn.shape, shape))
        invalidArgument(`${moment} in the ${name}`, `of the weight's shape [${shape.join(', ')}]`, drawn);
    }
    return posterior.fromMoments(mean, std);
  }
  if (prior.moments === undefined) return invalidArgument(name, 'used with a prior that has moments', prior);
  const filled = (value: number | tf.Tensor) => tf.add(tf.zeros([...shape]), value);
  return posterior.fromMoments(filled(prior.moments.mean), filled(prior.moments.std));
};

/**
 * The weight that a variable starts from: uniform within its bound, or a common value.
 *
 * @example
 * initialWeight(site, keyAt([...site.path, 'init'])(random.key(0)));
 */
export const initialWeight = ({ initialMean, shape }: Site, key: random.Key): tf.Tensor =>
  'value' in initialMean
    ? tf.fill([...shape], initialMean.value)
    : random.uniform(key, shape, { min: -initialMean.bound, max: initialMean.bound });

const start = (site: Site, key: random.Key): unknown =>
  site.priorInitialization
    ? fromPrior(site, key)
    : site.posterior.init(initialWeight(site, key), site.fanIn, random.foldIn(key, 0));

/**
 * The initial parameters: means uniform in `±1 / sqrt(fanIn)` (He et al. 2015 with a = sqrt 5, as in PyTorch), spreads
 * set by the posterior. A layer without variables has no entry.
 *
 * @example
 * const params = initialize(model.network)(random.key(0));
 */
export const initialize =
  (network: Network) =>
  (key: random.Key): unknown => {
    checkKey('init: key', key);
    return tidied(() =>
      map((x) => x)(
        parameterTree({
          variable: (site) => start(site, keyAt([...site.path, 'init'])(key)),
          statistic: ({ shape, initialValue }) => tf.fill([...shape], initialValue),
        })(network),
      ),
    );
  };
