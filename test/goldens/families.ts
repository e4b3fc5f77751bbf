import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as R from 'fp-ts/lib/Record.js';
import {
  flat,
  normal,
  type Posterior,
  type Prior,
  pointMass,
  quiet,
  studentT,
  type WeightOptions,
} from 'tfjs-bayesian';
import { type Possible, unknownName } from './checked.ts';
import { type Fields, has, isFields, numberIn, numberOrTensorIn, textIn } from './json.ts';

/** A quiet prior by its attributes, which torch_blue names as its arguments. */
export const readQuiet = (given: Fields, normalized: boolean): Prior => {
  const option = (torchName: string, name: string) =>
    has(given, torchName) ? { [name]: numberIn(given, torchName) } : {};
  return quiet({
    ...option('std_ratio', 'stdRatio'),
    ...option('mean_mean', 'meanMean'),
    ...option('mean_std', 'meanStd'),
    ...option('eps', 'eps'),
    normalized,
  });
};

/** The prior that a case gives for a variable, by the numbers that its log probability uses. */
export const readPrior = (given: Fields, normalized: boolean): Possible<Prior> => {
  const type = textIn(given, 'type');
  if (type === 'UniformPrior' || type === 'NonBayesian') return E.right(flat());
  if (type === 'BasicQuietPrior') return E.right(readQuiet(given, normalized));
  if (type !== 'MeanFieldNormal') return unknownName(type);
  const logStd = numberOrTensorIn(given, 'log_std');
  return E.right(
    normal({
      mean: numberOrTensorIn(given, 'mean'),
      std: typeof logStd === 'number' ? Math.exp(logStd) : tf.exp(logStd),
      ...(has(given, 'eps') ? { eps: numberIn(given, 'eps') } : {}),
      normalized,
    }).prior,
  );
};

/** The posterior family of a variable, recognised by the parameters recorded for it. */
export const readPosterior = (parameters: Fields, normalized: boolean): Possible<Posterior> => {
  if (has(parameters, 'log_std')) return E.right(normal({ normalized }).posterior as Posterior);
  return E.right(
    (has(parameters, 'log_scale') ? studentT({ normalized }).posterior : pointMass()) as Posterior,
  );
};

/**
 * The options of every recorded variable. A case without priors has standard normal ones; those it gives are
 * rescaled already.
 */
export const readOptions = (
  bayesian: Fields,
  priors: Fields,
  normalized: boolean,
): Possible<Readonly<Record<string, WeightOptions>>> =>
  pipe(
    bayesian as Readonly<Record<string, unknown>>,
    R.traverseWithIndex(E.Applicative)((name, parameters) => {
      const given = priors[name];
      return pipe(
        isFields(given) ? readPrior(given, normalized) : E.right(normal({ normalized }).prior),
        E.bindTo('prior'),
        E.bind('posterior', () => readPosterior(isFields(parameters) ? parameters : {}, normalized)),
        E.map((distributions) => ({ ...distributions, rescalePrior: false })),
      );
    }),
  );
