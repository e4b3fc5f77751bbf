import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveNumber,
  sameShape,
} from '../check/index.ts';
import { normal, type PointMassParams } from '../distributions/index.ts';
import { parameterTree } from '../layers/core/resolve.ts';
import type { Forward, Network, Site, StatisticSite } from '../layers/index.ts';
import { everyLeaf } from '../tree/everyLeaf.ts';
import { at, isNode, isTensor, map } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';
import { restarted } from './restarted.ts';

/**
 * Plain weights in the structure of the parameters `P` of a model: a leaf `L` in the place of each variable's
 * parameters.
 */
export type WeightTree<P, L = tf.Tensor> = [P] extends [tf.Tensor]
  ? L
  : keyof P extends never
    ? P
    : [P[keyof P]] extends [tf.Tensor]
      ? L
      : { readonly [K in keyof P]: WeightTree<P[K], L> };

/** Options of `fromWeights`: either `std` or `relativeStd`, and perhaps `priorStd`. */
export interface FromWeightsOptions {
  /** The standard deviation of every posterior. */
  readonly std?: number;
  /** The standard deviation relative to the weight's absolute value; weights below 0.001 count as 0.001. */
  readonly relativeStd?: number;
  /** Makes the priors normals around the weights with this standard deviation, except flat ones. */
  readonly priorStd?: number;
}

/** Exactly one of the two spreads. */
export type OneSpread =
  | { readonly std: number; readonly relativeStd?: never }
  | { readonly relativeStd: number; readonly std?: never };

const optionNames: OptionNames<FromWeightsOptions> = { std: true, relativeStd: true, priorStd: true };

/** A weight of 0, as in a bias that was not trained, would have no spread and could never get one. */
const leastWeight = 1e-3;

/** A weight, or the value of a point mass. */
export const tensorIn = (leaf: unknown): unknown =>
  isNode(leaf) && Object.keys(leaf).join() === 'value' ? at(['value'])(leaf) : leaf;

/**
 * The tensor of each variable and statistic, if the tree has exactly these.
 *
 * @param leading the axes before those of each variable, for stacked weights
 * @throws Error naming the function and the variable otherwise
 * @example
 * checkedWeights('fromWeights', model.network, { weight: tf.zeros([4, 2]), bias: tf.zeros([2]) });
 */
export const checkedWeights = (
  fn: string,
  { sites, statistics }: Network,
  weights: unknown,
  leading: readonly number[] = [],
): ReadonlyMap<Site | StatisticSite, tf.Tensor> => {
  const found = [...sites, ...statistics].map((site) => {
    const weight = tensorIn(at(site.path)(weights));
    const shape = [...leading, ...site.shape];
    return isTensor(weight) && weight.dtype === 'float32' && sameShape(weight.shape, shape)
      ? ([site, weight] as const)
      : invalidArgument(
          `${fn}: weights${site.path.length === 0 ? '' : `, '${site.name}'`}`,
          `a float32 tensor of shape [${shape.join(', ')}]`,
          weight,
        );
  });
  const known = new Set<unknown>(found.map(([, weight]) => weight));
  const extra = everyLeaf(weights).find(({ leaf }) => !known.has(leaf));
  if (extra !== undefined)
    invalidArgument(`${fn}: weights, '${pathName(extra.path)}'`, 'a variable of the model', extra.leaf);
  return new Map(found);
};

/** The function from a weight to the standard deviation of its posterior. */
const spread = ({ std, relativeStd }: FromWeightsOptions): ((weight: tf.Tensor) => tf.Tensor) => {
  if ((std === undefined) === (relativeStd === undefined))
    return invalidArgument('fromWeights: options', 'a record with either std or relativeStd', {
      ...(std !== undefined && { std }),
      ...(relativeStd !== undefined && { relativeStd }),
    });
  if (std !== undefined) {
    positiveNumber('fromWeights: std', std);
    return ({ shape }) => tf.fill(shape, std);
  }
  const ratio = positiveNumber('fromWeights: relativeStd', relativeStd);
  return (weight) => tf.mul(ratio, tf.maximum(tf.abs(weight), leastWeight));
};

const checkPosterior = ({ name, posterior }: Site): void => {
  if (posterior.fromMoments === undefined)
    invalidArgument(`fromWeights: posterior of '${name}'`, 'one with fromMoments', posterior.name);
};

/**
 * A model that starts at the weights of a trained network: the parameters that its `init` makes, for any key, have the
 * weights as posterior means, and standard deviations of `std`, or of `relativeStd` times the weight's absolute value
 * (MOPED, Krishnan et al. 2020), where a weight below 0.001 counts as 0.001. Point masses get the weight itself. With
 * `priorStd`, every prior but a flat one becomes a normal around the weight (MOPED has 1).
 *
 * `weights` has a tensor, or a point mass's `{ value }`, for each variable, and one for each statistic: parameters of
 * `deterministic` networks, what `checkpoint.fromLayersModel` returns, and PyTorch's weights by
 * `checkpoint.fromTorchBlue`. The model refers to these tensors, so dispose them after it.
 *
 * @throws Error for an invalid model; unless there is exactly one of `std` and `relativeStd`, each option above 0;
 * naming the variable, for a weight that is missing, not float32 or of another shape, a tensor that belongs to no
 * variable, and a posterior without `fromMoments`
 * @example
 * const plain = bayesian()(deterministic(net));
 * const weights = plain.init(random.key(0)); // or trained
 * const started = fromWeights(model)(weights, { relativeStd: 0.1, priorStd: 1 });
 * const first = started.init(random.key(0));
 * console.log(first[0].weight.mean.shape); // [784, 8]
 */
export const fromWeights =
  <P, F extends Forward>(of: Model<P, F> | NotBayesian) =>
  (
    weights: WeightTree<P, tf.Tensor | PointMassParams>,
    options: FromWeightsOptions & OneSpread,
  ): Model<P, F> => {
    const model = singleModel(
      'fromWeights: model',
      of,
      'apply it to the model of a member, and stack what its init makes by tree.stack',
    );
    const given: FromWeightsOptions = knownOptions('fromWeights', options, optionNames);
    const std = spread(given);
    const { priorStd } = given;
    if (priorStd !== undefined) positiveNumber('fromWeights: priorStd', priorStd);
    const { network } = model;
    network.sites.forEach(checkPosterior);
    const own = checkedWeights('fromWeights', network, weights);
    const weightAt = (site: Site | StatisticSite) => own.get(site) as tf.Tensor;
    return restarted(model, {
      prior: (site) =>
        priorStd === undefined || site.isFlat
          ? undefined
          : normal({ mean: weightAt(site), std: priorStd }).prior,
      start: () =>
        map((x) => x)(
          parameterTree({
            variable: (site) => {
              const weight = weightAt(site);
              return site.posterior.fromMoments?.(tf.clone(weight), std(weight));
            },
            statistic: (site) => tf.clone(weightAt(site)),
          })(network),
        ) as P,
    });
  };
