import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { snakeCase } from './camelCase.ts';
import { type Comparison, compare, wrong } from './compare.ts';
import { arrayIn, type Fields, fieldsIn, isFields, tensorOf } from './json.ts';

/** Where torch_blue keeps what PyTorch and we call otherwise: a transformer's feed-forward block is a sequence. */
const otherNames: Readonly<Record<string, string>> = { linear1: '_ff_block.0', linear2: '_ff_block.2' };

/**
 * torch_blue's name of a place in one of our networks. Its residual connection is a sequence itself, ours
 * holds one under `inner`.
 */
export const torchName = (path: tree.Path): string =>
  path
    .filter((name) => name !== 'inner')
    .map((name) => otherNames[name] ?? snakeCase(name))
    .join('.');

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/**
 * PyTorch's layout of a weight to ours: `[out, in, ...kernel]` to `[...kernel, in, out]`; vectors stay.
 * `leading` axes, the samples', are left where they are.
 */
export const fromTorch = (weight: tf.Tensor, leading = 0): tf.Tensor => {
  const { rank } = weight;
  return rank - leading < 2
    ? weight
    : tf.transpose(weight, [...range(0, leading), ...range(leading + 2, rank), leading + 1, leading]);
};

/** The inverse of `fromTorch`. */
export const toTorch = (weight: tf.Tensor): tf.Tensor => {
  const { rank } = weight;
  return rank < 2 ? weight : tf.transpose(weight, [rank - 1, rank - 2, ...range(0, rank - 2)]);
};

/** The learned key and value of an attention: `[1, 1, embed]` there, `[embed]` here. */
const isKeyValueBias = (name: string): boolean => ['bias_k', 'bias_v'].includes(name.split('.').at(-1) ?? '');

/** The weight of a name, of all samples with a `leading` axis, in our layout. */
const weightFrom = (name: string, weight: tf.Tensor, leading = 0): tf.Tensor =>
  isKeyValueBias(name)
    ? tf.reshape(weight, [...weight.shape.slice(0, leading), -1])
    : fromTorch(weight, leading);

const weightTo = (name: string, weight: tf.Tensor): tf.Tensor =>
  isKeyValueBias(name) ? tf.reshape(weight, [1, 1, -1]) : toTorch(weight);

/** Our names of a posterior's parameters, and torch_blue's. */
const parameterNames: Readonly<Record<string, string>> = {
  mean: 'mean',
  value: 'mean',
  logStd: 'log_std',
  logScale: 'log_scale',
};

const placeOf = (path: tree.Path): readonly [variable: string, parameter: string] => [
  torchName(path.slice(0, -1)),
  parameterNames[path.at(-1) ?? ''] ?? '',
];

const parametersOf = (recorded: Fields): readonly string[] =>
  Object.entries(recorded).flatMap(([name, of]) =>
    isFields(of) ? Object.keys(of).map((parameter) => `${name}.${parameter}`) : [],
  );

/** A tree like `params` of the recorded parameters; each of them must have its place. */
export const paramsFrom = <P>(params: P, recorded: Fields): P => {
  const places = tree.entries(params).map(({ path }) => placeOf(path).join('.'));
  const extra = parametersOf(recorded).find((name) => !places.includes(name));
  if (extra !== undefined) throw new Error(`the network has no parameter '${extra}'`);
  return tree.map((_, path) => {
    const [variable, parameter] = placeOf(path);
    return weightFrom(variable, tensorOf(arrayIn(fieldsIn(recorded, variable), parameter)));
  })(params) as P;
};

/** The parameters of a tree in PyTorch's names and layouts: by variable, then by parameter. */
export const parametersIn = (
  params: unknown,
): Readonly<Record<string, Readonly<Record<string, tf.Tensor>>>> => {
  const found = tree.entries(params).map(({ path, tensor }) => {
    const [variable, parameter] = placeOf(path);
    return { variable, entry: [parameter, weightTo(variable, tensor)] as const };
  });
  const variables = [...new Set(found.map(({ variable }) => variable))];
  return Object.fromEntries(
    variables.map((name) => [
      name,
      Object.fromEntries(found.filter(({ variable }) => variable === name).map(({ entry }) => entry)),
    ]),
  );
};

/** Compares a tree of parameters or gradients with its reference; each that is recorded must be there. */
export const compareParams = (
  prefix: string,
  params: unknown,
  expected: Fields,
  tolerance: number,
): readonly Comparison[] => {
  const found = parametersIn(params);
  return Object.keys(expected).flatMap((variable) =>
    Object.keys(fieldsIn(expected, variable)).map((parameter) => {
      const name = `${prefix}.${variable}.${parameter}`;
      const tensor = found[variable]?.[parameter];
      return tensor === undefined
        ? wrong(name, 'the network has no such parameter')
        : compare(name, tensor, arrayIn(fieldsIn(expected, variable), parameter), tolerance);
    }),
  );
};

/** Recorded noise, `[samples, ...]`, in our layout: that of a weight is transposed with it. */
export const noiseFrom = (recorded: Fields): Readonly<Record<string, tf.Tensor>> =>
  Object.fromEntries(
    Object.keys(recorded).map((name) => {
      const noise = tensorOf(arrayIn(recorded, name));
      return [name, isOutputNoise(name) ? noise : weightFrom(name, noise, 1)];
    }),
  );

const OUTPUT = 'fast_path_output';

/** Whether noise is on a layer's output rather than on a weight. */
export const isOutputNoise = (name: string): boolean => name.split('.').at(-1) === OUTPUT;

/** The name of the noise on the output of the layer at a path. */
export const outputNoiseOf = (path: tree.Path): string => torchName([...path, OUTPUT]);
