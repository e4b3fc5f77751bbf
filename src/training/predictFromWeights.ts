import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions } from '../check/index.ts';
import type { Forward, Network } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { checkedWeights, tensorIn } from '../transforms/fromWeights.ts';
import type { Model, WeightTree } from '../transforms/index.ts';
import { plainForward } from '../transforms/logJoint.ts';
import { type NotBayesian, singleModel } from '../transforms/modelArgument.ts';
import { at, isTensor } from '../tree/index.ts';
import { vmap } from '../vmap/index.ts';
import { type Prediction, type PredictOptions, predictNames, predictor } from './predict.ts';

const { samples: _, ...names } = predictNames;

/** The leading axes of stacked weights, those of its first variable before its own. */
const leadingAxes = ({ sites, statistics }: Network, weights: unknown): readonly number[] => {
  const [first] = [...sites, ...statistics];
  if (first === undefined)
    return invalidArgument('predictFromWeights: model', 'one with at least one variable', 'none');
  const tensor = tensorIn(at(first.path)(weights));
  const wanted = first.shape.length;
  return isTensor(tensor) && tensor.rank > wanted
    ? tensor.shape.slice(0, tensor.rank - wanted)
    : invalidArgument(
        `predictFromWeights: weights, '${first.name}'`,
        `a float32 tensor of shape [samples, ${first.shape.join(', ')}]`,
        tensor,
      );
};

/**
 * The predictive distribution of a network from samples of all its weights, such as those of `hamiltonianMonteCarlo`: what
 * `predict` returns, from these weights in place of samples of a posterior.
 *
 * `weights` has a tensor `[samples, ...shape]`, or `[chains, samples, ...shape]`, for each variable of the model: one or more
 * leading axes, the same for all. Each sample counts once. The options are those of `predict`, without `samples`. The
 * network runs without other noise, such as dropout; `key` draws targets, for quantiles of likelihoods with only a `sample`.
 *
 * @throws Error where `predict` throws; when run, naming the variable for weights that are missing, not float32 or of
 * another shape
 * @example
 * const small = bayesian()(linear(1, 1));
 * const weights = { weight: tf.tensor3d([1, 3], [2, 1, 1]), bias: tf.zeros([2, 1]) };
 * const run = predictFromWeights(small, { likelihood: gaussian({ std: 0.5 }) });
 * const { mean, uncertainty } = run(weights, random.key(0), tf.ones([1, 1]));
 * console.log(mean.dataSync()[0], uncertainty.epistemic.dataSync()[0]); // 2 1
 */
export const predictFromWeights = <
  P,
  F extends Forward,
  T,
  L extends T | undefined = undefined,
  C extends tf.Tensor | undefined = undefined,
  Q extends readonly number[] | undefined = undefined,
  I extends number | undefined = undefined,
>(
  model: Model<P, F> | NotBayesian,
  options: Omit<PredictOptions<ReturnType<F>, T, L, C, Q, I>, 'samples'>,
): ((weights: WeightTree<P>, key: Key, ...inputs: Parameters<F>) => Prediction<L, C, Q, I>) => {
  const fn = 'predictFromWeights';
  const checked = singleModel(
    `${fn}: model`,
    model,
    'use the model of a member: the leading axes of weights may be members',
  );
  const { network } = checked;
  const predicted = predictor<P, F, T>(fn, checked, knownOptions(fn, options, names));
  return (weights, key, ...inputs) => {
    const leading = leadingAxes(network, weights);
    const own = checkedWeights(fn, network, weights, leading);
    const samples = leading.reduce((product, size) => product * size, 1);
    const places = [...own.keys()];
    return predicted(key, inputs, () => {
      const flat = places.map((site) => tf.reshape(own.get(site) as tf.Tensor, [samples, ...site.shape]));
      return {
        samples,
        params: weights as P,
        outputs: (those, some) =>
          vmap((group: readonly tf.Tensor[]) =>
            plainForward(network, (site) => group[places.indexOf(site)] as tf.Tensor)(...(some as never[])),
          )(flat.map((x) => tf.slice(x, those[0] as number, those.length))) as ReturnType<F>,
      };
    }) as Prediction<L, C, Q, I>;
  };
};
