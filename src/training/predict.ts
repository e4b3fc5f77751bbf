import * as tf from '@tensorflow/tfjs-core';
import { misuse, positiveInteger } from '../check/index.ts';
import type { Likelihood, Predictive } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import type { Forward } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { type Model, vmapSamples } from '../transforms/index.ts';
import { assertModel } from '../transforms/model.ts';
import { leaves, map, tidied, unflatten } from '../tree/index.ts';
import { assertFiniteData } from './assertFiniteData.ts';

/** Options of `predict`, for a network with outputs `Y`. */
export interface PredictOptions<Y> {
  /** What the outputs say of a target, with a predictive distribution, as `categorical()` has. */
  readonly likelihood: Likelihood<Y, never> & { readonly predictive: (samples: Y) => Predictive };
  /** How many weight draws; default 100. */
  readonly samples?: number;
  /** How many draws are held in memory at once; default 10. */
  readonly chunk?: number;
  /**
   * How many rows are predicted at once; default 1000. Noise other than the weights' (dropout, local
   * reparametrization) is drawn alike for each such group.
   */
  readonly batchSize?: number;
}

const rowsOf = (inputs: readonly unknown[]): number =>
  leaves(inputs)[0]?.shape[0] ?? misuse('predict: inputs', 'at least one tensor with rows', inputs);

/** The same rows of every tensor that has as many of them, in options records too. */
const rowsFrom = (start: number, count: number, rows: number) => (x: tf.Tensor) =>
  x.shape[0] === rows ? tf.slice(x, start, count) : x;

const joined = (parts: readonly Predictive[]): Predictive => {
  const [first] = parts;
  if (first === undefined) return misuse('predict: inputs', 'tensors with at least one row', 'none');
  const columns = parts.map(leaves);
  return unflatten(first)(
    leaves(first).map((_, i) =>
      tf.concat(
        columns.map((each) => each[i] as tf.Tensor),
        0,
      ),
    ),
  );
};

/**
 * The predictive distribution of a model: the mean over weight samples and how uncertain it is, split into aleatoric
 * (noise of the data) and epistemic (what was not learned). All rows see the same weight draws. Memory is that of `chunk`
 * draws of `batchSize` rows.
 *
 * For `categorical()`: `mean` are class probabilities `[rows, classes]`, uncertainties entropies in nats
 * `[rows]`. For `bernoulli()`: `mean` are probabilities `[rows, outputs]`, uncertainties entropies of the same
 * shape. For `gaussian(...)` and `poisson()`: `mean` `[rows, outputs]`, uncertainties variances of that shape.
 * Every input tensor whose first axis has as many rows as that of the first one is taken as data.
 *
 * @throws Error for a count that is not a positive integer, a likelihood without a predictive distribution, or
 * inputs with NaN or infinite values (which are not looked for on a GPU)
 * @example
 * const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 100 })(
 *   params, random.key(1), testImages);
 */
export const predict = <P, F extends Forward>(
  model: Model<P, F>,
  { likelihood, samples = 100, chunk = 10, batchSize = 1000 }: PredictOptions<ReturnType<F>>,
): ((params: P, key: Key, ...inputs: Parameters<F>) => Predictive) => {
  assertModel('predict: model', model);
  assertLikelihood('predict: likelihood', likelihood);
  if (typeof likelihood.predictive !== 'function') {
    misuse('predict: likelihood', 'one with a predictive distribution', likelihood);
  }
  positiveInteger('predict: samples', samples);
  positiveInteger('predict: batchSize', batchSize);
  const sampled = vmapSamples({
    samples,
    chunk: Math.min(positiveInteger('predict: chunk', chunk), samples),
  })(model);
  return (params, key, ...inputs) => {
    assertFiniteData('predict: inputs', inputs);
    return tidied(() => {
      const rows = rowsOf(inputs);
      const parts = Array.from({ length: Math.ceil(rows / batchSize) }, (_, index) => {
        const start = index * batchSize;
        const own = map(rowsFrom(start, Math.min(batchSize, rows - start), rows))(inputs);
        return tidied(() =>
          likelihood.predictive(sampled(params, key, ...(own as unknown as Parameters<F>)) as ReturnType<F>),
        );
      });
      return joined(parts);
    });
  };
};
