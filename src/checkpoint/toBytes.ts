import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { checkKey, isKey } from '../random/key.ts';
import type { TrainingState } from '../training/state.ts';
import { type AnyModel, assertModel, type Model } from '../transforms/model.ts';
import { firstMisfit } from '../tree/firstMisfit.ts';
import { entries } from '../tree/index.ts';
import type { CheckpointError } from './error.ts';
import { joined, writeSafetensors } from './safetensors/safetensors.ts';
import { encoded, type FloatType, type Values } from './safetensors/values.ts';
import { settingsOf } from './settings.ts';
import { structureText } from './structure.ts';
import { expectedTree, tensorName } from './treeDefinition.ts';

declare const __TFJS_BAYESIAN_VERSION__: string;

/** The library's version, which the build and the tests put in this place. */
export const version: string = __TFJS_BAYESIAN_VERSION__;

/** The name and number of our use of safetensors' metadata. */
export const format = 'tfjs-bayesian/1';

/** Options of `save` and `toBytes`. */
export interface SaveOptions {
  /**
   * How parameters are stored: in full (`'F32'`, the default) or in half the bytes, as `'F16'` (11 significant bits,
   * up to 65504) or `'BF16'` (8 bits, the range of float32). What else a state has is stored in full.
   */
  readonly dtype?: FloatType;
}

const STATE = ['params', 'optimizer', 'step', 'key'];

const isState = (value: unknown): value is TrainingState<unknown, unknown> => {
  if (typeof value !== 'object' || value === null || !('key' in value)) return false;
  if (isKey(value.key)) return true;
  // Whatever its key has become: no network has these parts and no others.
  const isAll =
    STATE.every((part) => part in value) &&
    Object.keys(value).every((part) => [...STATE, 'epochs'].includes(part));
  if (isAll) checkKey("checkpoint: 'key'", value.key);
  return false;
};

const optionNames: OptionNames<SaveOptions> = { dtype: true };

/** What is kept of parameters or of a state: a tree with `params`, and beside it the rest of the state. */
const kept = (value: unknown): Readonly<Record<string, unknown>> => {
  if (!isState(value)) return { params: value };
  const { params, optimizer, step, key, epochs } = value;
  return { params, optimizer, step, key, ...(epochs === undefined ? {} : { epochs }) };
};

/**
 * Refuses a tree that has not the tensors of a model under `params`, those and no others: `load` would not take them.
 *
 * @throws Error naming the first that is missing, of another shape, disposed or nothing of the model's
 */
export const assertFits = (model: AnyModel, whole: Readonly<Record<string, unknown>>): void => {
  const misfit = firstMisfit({ params: whole.params }, expectedTree(model).tensors);
  if (misfit?.shape !== undefined) {
    invalidArgument(
      `checkpoint: '${tensorName(misfit.path)}'`,
      `a tensor of shape [${misfit.shape.join(', ')}], as in the model`,
      misfit.found,
    );
  }
  const disposed = entries(whole).find(({ tensor }) => tensor.isDisposed);
  if (disposed !== undefined) {
    invalidArgument(
      `checkpoint: '${tensorName(disposed.path)}'`,
      'a tensor that is not disposed',
      disposed.tensor,
    );
  }
  if (misfit !== undefined)
    invalidArgument(`checkpoint: '${tensorName(misfit.path)}'`, 'a tensor of the model', misfit.found);
};

/**
 * The parts of a checkpoint one after another.
 *
 * @throws Error for what is not a model, a value that is not of the model, and a leaf that cannot be kept
 */
export const partsOf =
  <P>(model: Model<P>, { dtype = 'F32' }: SaveOptions) =>
  (value: P | TrainingState<P, unknown>): TE.TaskEither<CheckpointError, readonly Uint8Array[]> => {
    const whole = kept(value);
    assertFits(model, whole);
    const structure = structureText(whole);
    const read = async () =>
      Promise.all(
        entries(whole).map(async ({ path, tensor }) => {
          const isParameter = path[0] === 'params';
          const values = (await tensor.data()) as Values;
          return {
            name: tensorName(path),
            shape: tensor.shape,
            kind: tensor.dtype,
            values,
            dtype: isParameter ? dtype : ('F32' as const),
            finite: isParameter,
          };
        }),
      );
    return pipe(
      TE.Do,
      TE.apS('tensors', pipe(read, TE.fromTask, TE.chainEitherKW(encoded))),
      TE.apSW('settings', TE.fromTask(settingsOf(model))),
      TE.map(({ tensors, settings }) =>
        writeSafetensors(tensors, { format, version, structure, model: JSON.stringify(settings) }),
      ),
    );
  };

/**
 * The options, if they can be kept to.
 *
 * @throws Error for what is not a model or no dtype of a checkpoint
 */
export const assertSaving = (fn: string, model: unknown, options: SaveOptions): void => {
  assertModel(`${fn}: model`, model);
  const { dtype = 'F32' } = knownOptions(fn, options, optionNames);
  if (!['F32', 'F16', 'BF16'].includes(dtype))
    invalidArgument(`${fn}: dtype`, "'F32', 'F16' or 'BF16'", dtype);
};

/**
 * A checkpoint as bytes: the parameters of a model, or a whole state of training, in the safetensors format. Its
 * metadata have the structure of the tree, the posterior and prior settings of every variable and the version of the
 * library. The same value gives the same bytes.
 *
 * @throws Error for what is not a model, and for parameters that are not those of the model
 * @returns Left where a parameter is NaN or infinite, or too large for `dtype`
 * @example
 * const bytes = await checkpoint.toBytes(model, { dtype: 'BF16' })(params)();
 */
export const toBytes = <P>(
  model: Model<P>,
  options: SaveOptions = {},
): ((value: P | TrainingState<P, unknown>) => TE.TaskEither<CheckpointError, Uint8Array>) => {
  assertSaving('checkpoint.toBytes', model, options);
  const parts = partsOf(model, options);
  return (value) => pipe(parts(value), TE.map(joined));
};
