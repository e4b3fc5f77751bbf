import type { Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, type OptionNames } from '../../check/index.ts';
import type { AnyModel, Model } from '../../transforms/model.ts';
import { type NotBayesian, singleModel } from '../../transforms/modelArgument.ts';
import { at } from '../../tree/index.ts';
import type { CheckpointError } from '../error.ts';
import { joined, writeSafetensors } from '../safetensors/safetensors.ts';
import { encoded, type FloatType, type Read, type Values } from '../safetensors/values.ts';
import { assertFits, assertSaveOptions } from '../toBytes.ts';
import { transposed } from './layouts.ts';
import { assertTorchNames, type TorchNames } from './options.ts';
import { isOrdinary, isStatistic, type Parameter, type TorchSite, torchSites } from './sites.ts';

/** One name of a state dictionary, and its value. */
interface Entry<A> {
  readonly name: string;
  readonly value: A;
}

const split = (name: string): readonly [first: string, rest: string | undefined] => {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
};

/**
 * The entries in the order of PyTorch's state dictionaries: each module's own parameters first, then those of its
 * submodules, one after another.
 *
 * @example
 * stateOrder([{ name: 'a.x', value: 1 }, { name: 'b', value: 2 }, { name: 'a.y', value: 3 }]); // 2, 1, 3
 */
export const stateOrder = <A>(entries: readonly Entry<A>[]): readonly A[] => {
  const own: A[] = [];
  const modules = new Map<string, Entry<A>[]>();
  for (const { name, value } of entries) {
    const [first, rest] = split(name);
    if (rest === undefined) own.push(value);
    else modules.set(first, [...(modules.get(first) ?? []), { name: rest, value }]);
  }
  return [...own, ...[...modules.values()].flatMap(stateOrder)];
};

/** Options of `toTorchBlue`. */
export interface ToTorchOptions extends TorchNames {
  /** How floats are stored: in full (`'F32'`, the default), or in half the bytes. */
  readonly dtype?: FloatType;
}

const ownNames: OptionNames<Omit<ToTorchOptions, keyof TorchNames>> = { dtype: true };

/** A factor of a covariance belongs to an order of the elements, which is another one in PyTorch's layouts. */
const refuseCorrelated = ({ place: { site } }: TorchSite): void => {
  if (!isStatistic(site) && site.posterior.independent === false)
    invalidArgument(
      `checkpoint.toTorchBlue: posterior of '${site.name}'`,
      'one of torch_blue, whose elements are independent',
      site.posterior.name,
      'checkpoint.save keeps it for this library',
    );
};

/** Each tensor of the model with its name: posteriors as in torch_blue, ordinary weights as in torch.nn. */
const orderedParameters = (model: AnyModel, names: TorchNames): readonly Parameter[] =>
  stateOrder(
    torchSites(model, names)
      .flatMap((site) =>
        isOrdinary(site) ? site.parameters.map((each) => ({ ...each, name: site.plain })) : site.parameters,
      )
      .map((value) => ({ name: value.name, value })),
  );

/**
 * The parameters of a model as a state dictionary of PyTorch in the safetensors format, the inverse of `fromTorchBlue`
 * with the same options: posteriors with torch_blue's names, ordinary weights with those of torch.nn. Load it in Python
 * with `module.load_state_dict(safetensors.torch.load_file(path))`.
 *
 * @throws Error for an invalid model, for parameters that do not fit it, and, naming the variable, for a posterior with
 * correlations, which torch_blue does not have
 * @returns Left if a value is NaN or infinite, or too large for `dtype`
 * @example
 * const bytes = await checkpoint.toTorchBlue(model, { prefix: 'stack' })(params)();
 */
export const toTorchBlue = <P>(
  of: Model<P> | NotBayesian,
  options: ToTorchOptions = {},
): ((params: P) => TE.TaskEither<CheckpointError, Uint8Array>) => {
  const model = singleModel(
    'checkpoint.toTorchBlue: model',
    of,
    'convert the params of each member (tree.unstack) for its model',
  );
  assertTorchNames('checkpoint.toTorchBlue', options, ownNames);
  const { dtype = 'F32' } = options;
  assertSaveOptions('checkpoint.toTorchBlue', { dtype });
  torchSites(model, options).forEach(refuseCorrelated);
  const parameters = orderedParameters(model, options);
  const read =
    (params: P) =>
    ({ path, name, shape, layout, dtype: kind }: Parameter) =>
    async (): Promise<Read> => {
      const values = (await (at(path)(params) as Tensor).data()) as Values;
      return {
        name,
        shape: layout.shape(shape),
        kind,
        values: transposed(values, shape, layout.axes(shape.length)),
        dtype,
        finite: true,
      };
    };
  return (params) => {
    assertFits(model, { params });
    return pipe(
      () => Promise.all(parameters.map((each) => read(params)(each)())),
      TE.fromTask,
      TE.chainEitherKW(encoded),
      TE.map((tensors) => joined(writeSafetensors(tensors, { format: 'pt' }))),
    );
  };
};
