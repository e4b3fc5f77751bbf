import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { inverse, type TorchLayout } from '../../src/checkpoint/torch/layouts.ts';
import { blueParameter, type TorchPlace, torchPlaces } from '../../src/checkpoint/torch/places.ts';
import { resolve } from '../../src/layers/core/resolve.ts';
import { type Comparison, compare, wrong } from './compare.ts';
import { arrayIn, type Fields, fieldsIn, isFields, toTensor } from './json.ts';
import type { Net } from './modules.ts';

// Names and layouts are those by which checkpoints are opened.
const listPlaces = (net: Net): readonly TorchPlace[] => torchPlaces(resolve({})(net));

const joined = (names: readonly string[]): string => names.filter((name) => name !== '').join('.');

const fullName = ({ blue: { module, variable } }: TorchPlace): string => joined([module, variable]);

const startsWith = (path: tree.Path, start: tree.Path): boolean => start.every((name, i) => path[i] === name);

/** The variable at a path, or the one of whose parameters the path is. */
const placeAt = (net: Net, path: tree.Path): TorchPlace => {
  const found = listPlaces(net).find(({ site }) => startsWith(path, site.path));
  if (found === undefined) throw new Error(`the network has no variable at '${path.join('.')}'`);
  return found;
};

/** torch_blue's name of the variable at a path of our network. */
export const torchName =
  (net: Net) =>
  (path: tree.Path): string =>
    fullName(placeAt(net, path));

/** A weight in PyTorch's layout in ours. `leading` axes, the samples', are left where they are. */
export const fromTorch = (layout: TorchLayout, weight: tf.Tensor, leading = 0): tf.Tensor => {
  const before = weight.shape.slice(0, leading);
  const theirs = weight.shape.slice(leading);
  // Axes of size 1 that PyTorch has before the others are but another way to write the shape.
  const rank = theirs.length - layout.shape([]).length;
  const axes = inverse(layout.axes(rank)).map((axis) => axis + leading);
  const bare = tf.reshape(weight, [...before, ...theirs.slice(theirs.length - rank)]);
  return tf.transpose(bare, [...before.map((_, axis) => axis), ...axes]);
};

/** The inverse of `fromTorch`. */
export const toTorch = (layout: TorchLayout, weight: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.transpose(weight, [...layout.axes(weight.rank)]), [...layout.shape(weight.shape)]);

/** A parameter by its place: torch_blue's names of the variable and, without it, of the parameter. */
const parameterAt = (
  net: Net,
  path: tree.Path,
): { readonly variable: string; readonly parameter: string; readonly layout: TorchLayout } => {
  const place = placeAt(net, path);
  const parameter = blueParameter(path.slice(place.site.path.length).join('_'));
  return { variable: fullName(place), parameter, layout: place.layout };
};

const recordedParameters = (recorded: Fields): readonly string[] =>
  Object.entries(recorded).flatMap(([name, of]) =>
    isFields(of) ? Object.keys(of).map((parameter) => `${name}.${parameter}`) : [],
  );

/** A tree like `params` of the recorded parameters; each of them must have its place. */
export const paramsFrom = <P>(net: Net, params: P, recorded: Fields): P => {
  const places = tree.entries(params).map(({ path }) => {
    const { variable, parameter } = parameterAt(net, path);
    return `${variable}.${parameter}`;
  });
  const extra = recordedParameters(recorded).find((name) => !places.includes(name));
  if (extra !== undefined) throw new Error(`the network has no parameter '${extra}'`);
  return tree.map((_, path) => {
    const { variable, parameter, layout } = parameterAt(net, path);
    return fromTorch(layout, toTensor(arrayIn(fieldsIn(recorded, variable), parameter)));
  })(params) as P;
};

/** The parameters of a tree in PyTorch's names and layouts: by variable, then by parameter. */
export const parametersIn = (
  net: Net,
  params: unknown,
): Readonly<Record<string, Readonly<Record<string, tf.Tensor>>>> => {
  const found = tree.entries(params).map(({ path, tensor }) => {
    const { variable, parameter, layout } = parameterAt(net, path);
    return { variable, entry: [parameter, toTorch(layout, tensor)] as const };
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
  net: Net,
  params: unknown,
  expected: Fields,
  tolerance: number,
): readonly Comparison[] => {
  const found = parametersIn(net, params);
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

const OUTPUT = 'fast_path_output';

/** Recorded noise, `[samples, ...]`, in our layout: that of a weight is transposed with it. */
export const noiseFrom = (net: Net, recorded: Fields): Readonly<Record<string, tf.Tensor>> => {
  const layouts = new Map(listPlaces(net).map((place) => [fullName(place), place.layout]));
  return Object.fromEntries(
    Object.keys(recorded).map((name) => {
      const noise = toTensor(arrayIn(recorded, name));
      const layout = layouts.get(name);
      return [name, layout === undefined ? noise : fromTorch(layout, noise, 1)];
    }),
  );
};

/** Whether noise is on a layer's output rather than on a weight. */
export const isOutputNoise = (name: string): boolean => name.split('.').at(-1) === OUTPUT;

/** The name of the noise on the output of the layer at a path. */
export const replayOutputNoise =
  (net: Net) =>
  (path: tree.Path): string => {
    const within = listPlaces(net).find(({ site }) => startsWith(site.path, path));
    return joined([within?.blue.module ?? '', OUTPUT]);
  };
