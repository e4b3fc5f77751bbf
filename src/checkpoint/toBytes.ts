import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { knownOptions, misuse, type OptionNames, sameShape } from '../check/index.ts';
import { checkKey, isKey } from '../random/key.ts';
import type { TrainingState } from '../training/state.ts';
import { type AnyModel, assertModel, type Model } from '../transforms/model.ts';
import { at, entries, isTensor } from '../tree/index.ts';
import type { FloatType } from './dtype.ts';
import { encoded } from './encode.ts';
import type { CheckpointError } from './error.ts';
import { expectedOf } from './expected.ts';
import type { Values } from './floats.ts';
import { nameOf } from './place.ts';
import { joined, writeSafetensors } from './safetensors.ts';
import { settingsOf } from './settings.ts';
import { structureText } from './structure.ts';
import { format, version } from './version.ts';

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
  const { tensors } = expectedOf(model);
  for (const { path, shape } of tensors) {
    const tensor = at(path)(whole);
    if (!isTensor(tensor) || !sameShape(tensor.shape, shape)) {
      misuse(
        `checkpoint: '${nameOf(path)}'`,
        `a tensor of shape [${shape.join(', ')}], as in the model`,
        tensor,
      );
    }
  }
  const disposed = entries(whole).find(({ tensor }) => tensor.isDisposed);
  if (disposed !== undefined) {
    misuse(`checkpoint: '${nameOf(disposed.path)}'`, 'a tensor that is not disposed', disposed.tensor);
  }
  const known = new Set(tensors.map(({ path }) => nameOf(path)));
  const odd = entries({ params: whole.params }).find(({ path }) => !known.has(nameOf(path)));
  if (odd !== undefined) misuse(`checkpoint: '${nameOf(odd.path)}'`, 'a tensor of the model', odd.tensor);
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
            name: nameOf(path),
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
  if (!['F32', 'F16', 'BF16'].includes(dtype)) misuse(`${fn}: dtype`, "'F32', 'F16' or 'BF16'", dtype);
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
