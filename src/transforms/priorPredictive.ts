import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  type OptionNames,
  optionalOptions,
  positiveInteger,
  sameShape,
} from '../check/index.ts';
import { run } from '../layers/core/run.ts';
import type { Forward, Site } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { keyAt } from './forward.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';
import { vmapSamples } from './vmapSamples.ts';

/** Options of `priorPredictive`. */
export interface PriorPredictiveOptions {
  /** The number of samples of all weights; default 100. */
  readonly samples?: number;
  /** How many of them are held in memory at once; default all. */
  readonly chunk?: number;
}

const optionNames: OptionNames<PriorPredictiveOptions> = { samples: true, chunk: true };

/** A weight sampled from its prior. */
const priorWeight = ({ name, path, shape, prior }: Site, key: Key): tf.Tensor => {
  const weight = prior.sample?.(shape, keyAt(path)(key));
  return weight !== undefined && sameShape(weight.shape, shape)
    ? weight
    : invalidArgument(
        `priorPredictive: sample of the ${prior.name} prior of '${name}'`,
        `a tensor of the weight's shape [${shape.join(', ')}]`,
        weight,
      );
};

/**
 * The outputs of a network under its priors, before any data: `(key, ...inputs) => outputs`, with a leading sample axis.
 * They show which functions a prior over weights makes, which no one sees from the weights: draw them by
 * `plot.priorPredictive`, and change the prior until they are plausible.
 *
 * Sample `s` has the weights of `foldIn(key, s)`, the same for all inputs. Posteriors do not matter, and there are no
 * parameters. Other noise of the network, such as dropout, is on; statistics, such as running moments, have their
 * initial values. The noise of a likelihood is not included.
 *
 * @throws Error if the argument is not a model, for options out of range, and naming the variable for a prior without a
 * `sample`: `flat`, which is not a distribution, and `quiet`, which depends on the posterior; when run, for an invalid key
 * @example
 * const x = tf.reshape(tf.linspace(-1, 1, 50), [50, 1]);
 * const net = sequential(linear(1, 16), tf.tanh, linear(16, 1));
 * const wide = bayesian({ prior: normal({ std: 2 }) })(net);
 * const functions = priorPredictive(wide, { samples: 20 })(random.key(0), x);
 * console.log(functions.shape); // [20, 50, 1]
 */
export const priorPredictive = <P, F extends Forward>(
  of: Model<P, F> | NotBayesian,
  options?: PriorPredictiveOptions,
): ((key: Key, ...inputs: Parameters<F>) => ReturnType<F>) => {
  const { network } = singleModel(
    'priorPredictive: model',
    of,
    'use the model of a member: all have the same prior',
  );
  const { samples = 100, chunk = samples } = optionalOptions('priorPredictive', options, optionNames);
  positiveInteger('priorPredictive: samples', samples);
  positiveInteger('priorPredictive: chunk', chunk);
  tf.tidy(() => {
    for (const { name, prior } of network.sites)
      if (prior.sample === undefined)
        invalidArgument(`priorPredictive: prior of '${name}'`, 'one with a sample', prior.name);
  });
  const one = (_: unknown, key: Key, ...inputs: Parameters<F>): ReturnType<F> =>
    run(network, {
      weight: (site) => priorWeight(site, key),
      key: (path) => keyAt(path)(key),
      statistic: ({ shape, initialValue }) => ({ value: tf.fill([...shape], initialValue), record: null }),
    })(...(inputs as never[])) as ReturnType<F>;
  const all = vmapSamples({ samples, chunk })(one);
  return (key, ...inputs) => {
    checkKey('priorPredictive: key', key);
    return all({}, key, ...inputs);
  };
};
