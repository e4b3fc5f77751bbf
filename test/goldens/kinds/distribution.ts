import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { flat, normal, pointMass, studentT } from 'tfjs-bayesian';
import { type Check, type Possible, unknownName } from '../checked.ts';
import { type Comparison, compare } from '../compare.ts';
import { readQuiet } from '../families.ts';
import { arrayIn, type Fields, fieldsIn, has, listIn, numberIn, textIn, toTensor } from '../json.ts';
import { findLikelihood, type Scoring, toTarget } from '../likelihoods.ts';

const tensorIn = (golden: Fields, name: string): tf.Tensor => toTensor(arrayIn(golden, name));

/** The constructor arguments of a normal that a case gives; the others keep their defaults. */
const readNormal = ({ args, norm_constants }: Fields) =>
  normal({
    ...Object.fromEntries(
      ['mean', 'std', 'eps'].flatMap((name) =>
        has(args as Fields, name) ? [[name, numberIn(args as Fields, name)]] : [],
      ),
    ),
    normalized: norm_constants === true,
  });

/** torch_blue's flat prior returns a single zero for all elements: then ours is summed. */
const compareDensity = (golden: Fields, density: tf.Tensor): Possible<readonly Comparison[]> => {
  const expected = arrayIn(golden, 'output');
  const single = expected.shape.join() === '1' && density.size !== 1;
  return E.right([compare('output', single ? tf.reshape(tf.sum(density), [1]) : density, expected)]);
};

const priorLogProb: Check = (golden) => {
  const distribution = textIn(golden, 'distribution');
  const sample = tensorIn(golden, 'sample');
  if (distribution === 'MeanFieldNormal') {
    return compareDensity(golden, readNormal(golden).prior.logProb(sample, undefined));
  }
  if (distribution === 'BasicQuietPrior') {
    const prior = readQuiet(fieldsIn(golden, 'args'), golden.norm_constants === true);
    return compareDensity(golden, prior.logProb(sample, { mean: tensorIn(golden, 'mean') }));
  }
  return distribution === 'NonBayesian' || distribution === 'UniformPrior'
    ? compareDensity(golden, flat().logProb(sample, undefined))
    : unknownName(distribution);
};

const posteriorLogProb: Check = (golden) => {
  const distribution = textIn(golden, 'distribution');
  const sample = tensorIn(golden, 'sample');
  const mean = tensorIn(golden, 'mean');
  if (distribution === 'MeanFieldNormal') {
    const params = { mean, logStd: tensorIn(golden, 'log_std') };
    return compareDensity(golden, readNormal(golden).posterior.logProb(params, sample));
  }
  if (distribution === 'MeanFieldStudentT') {
    const args = fieldsIn(golden, 'args');
    const { posterior } = studentT({
      ...(has(args, 'degrees_of_freedom') ? { degreesOfFreedom: numberIn(args, 'degrees_of_freedom') } : {}),
      normalized: golden.norm_constants === true,
    });
    const params = { mean, logScale: tensorIn(golden, 'log_scale') };
    return compareDensity(golden, posterior.logProb(params, sample));
  }
  return distribution === 'NonBayesian'
    ? compareDensity(golden, pointMass().logProb({ value: mean }, sample))
    : unknownName(distribution);
};

const losses: Readonly<Record<string, string>> = { MSE: 'mse', L2: 'mse', MAE: 'l1', L1: 'l1' };

/** The name of a predictive distribution, as the golden files of losses have it. */
const predictiveName = (distribution: string, args: Fields): string | undefined => {
  if (distribution === 'Categorical') return `categorical_${args.input_type ?? 'logits'}`;
  if (distribution === 'NonBayesian') return losses[textIn(args, 'loss_type')];
  return distribution === 'MeanFieldNormal' ? 'normal' : undefined;
};

/**
 * The unbiased standard deviation over the samples. The likelihood of a normal predictive gives the samples'
 * own spread as a variance around their mean, which divides by all of them.
 */
const spread = (likelihood: Scoring, samples: tf.Tensor): tf.Tensor => {
  const count = samples.shape[0] ?? 1;
  const { uncertainty } = likelihood.predictive(samples);
  return tf.sqrt(tf.mul(uncertainty.epistemic, count / (count - 1)));
};

/**
 * The log probability element by element: with all axes joined to one batch axis, there is nothing to sum
 * over. An ordinary loss is averaged over everything instead.
 */
const scored = (name: string, likelihood: Scoring, samples: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const count = samples.shape[0] ?? 1;
  if (name === 'mse' || name === 'l1') return tf.mean(likelihood.predictiveLogProb(samples, target));
  const joined = name.startsWith('categorical') ? [count, -1, samples.shape.at(-1) ?? 1] : [count, -1];
  const each = likelihood.predictiveLogProb(tf.reshape(samples, joined), tf.reshape(target, [-1]));
  return tf.reshape(each, target.shape);
};

const predictive: Check = (golden) => {
  const distribution = textIn(golden, 'distribution');
  const name = predictiveName(distribution, fieldsIn(golden, 'args'));
  if (name === undefined) return unknownName(`the predictive ${distribution}`);
  const likelihood = findLikelihood(name, golden.norm_constants === true);
  const samples = tensorIn(golden, 'samples');
  const target = toTarget(name, arrayIn(golden, 'reference'));
  const found = [
    likelihood.predictive(samples).mean,
    ...(name === 'normal' ? [spread(likelihood, samples)] : []),
  ];
  const parameters = listIn(golden, 'parameters');
  if (parameters.length !== found.length) throw new Error(`the case has ${parameters.length} parameters`);
  return E.right([
    ...found.map((parameter, i) =>
      compare(`parameters[${i}]`, parameter, arrayIn(parameters as unknown as Fields, String(i))),
    ),
    compare('log_prob', scored(name, likelihood, samples, target), arrayIn(golden, 'log_prob')),
  ]);
};

const methods: Readonly<Record<string, Check>> = {
  prior_log_prob: priorLogProb,
  variational_log_prob: posteriorLogProb,
  predictive,
};

/** A function of a distribution, element by element. */
export const checkDistribution: Check = (golden, file) => {
  const method = textIn(golden, 'method');
  const check = methods[method];
  if (check === undefined) throw new Error(`'${method}' is no method that this check knows`);
  return check(golden, file);
};
