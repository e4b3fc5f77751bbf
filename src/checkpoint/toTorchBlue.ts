import type { Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { OptionNames } from '../check/index.ts';
import type { AnyModel, Model } from '../transforms/model.ts';
import { at } from '../tree/index.ts';
import type { FloatType } from './dtype.ts';
import { encoded, type Read } from './encode.ts';
import type { CheckpointError } from './error.ts';
import type { Values } from './floats.ts';
import { joined, writeSafetensors } from './safetensors.ts';
import { stateOrder } from './stateOrder.ts';
import { assertFits, assertSaving } from './toBytes.ts';
import { transposed } from './torchLayouts.ts';
import { assertTorchNames, type TorchNames } from './torchOptions.ts';
import { isOrdinary, type Parameter, torchSites } from './torchSites.ts';

/** Options of `toTorchBlue`. */
export interface ToTorchOptions extends TorchNames {
  /** How floats are stored: in full (`'F32'`, the default), or in half the bytes. */
  readonly dtype?: FloatType;
}

const ownNames: OptionNames<Omit<ToTorchOptions, keyof TorchNames>> = { dtype: true };

/** Each tensor of ours with its name there: posteriors as torch_blue has them, ordinary weights as torch.nn. */
const parametersOf = (model: AnyModel, names: TorchNames): readonly Parameter[] =>
  stateOrder(
    torchSites(model, names)
      .flatMap((site) =>
        isOrdinary(site) ? site.parameters.map((each) => ({ ...each, name: site.plain })) : site.parameters,
      )
      .map((value) => ({ name: value.name, value })),
  );

/**
 * The parameters of a model as a state dictionary of PyTorch in the safetensors format, the inverse of `fromTorchBlue`
 * with the same options: posteriors in torch_blue's names, ordinary weights in those of torch.nn. In Python,
 * `module.load_state_dict(safetensors.torch.load_file(path))` takes it.
 *
 * @throws Error for what is not a model, and for parameters that are not those of the model
 * @returns Left where a value is NaN or infinite, or too large for `dtype`
 * @example
 * const bytes = await checkpoint.toTorchBlue(model, { prefix: 'stack' })(params)();
 */
export const toTorchBlue = <P>(
  model: Model<P>,
  options: ToTorchOptions = {},
): ((params: P) => TE.TaskEither<CheckpointError, Uint8Array>) => {
  assertTorchNames('checkpoint.toTorchBlue', model, options, ownNames);
  const { dtype = 'F32' } = options;
  assertSaving('checkpoint.toTorchBlue', model, { dtype });
  const parameters = parametersOf(model, options);
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
