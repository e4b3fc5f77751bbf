import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { isTrainingState, type TrainingState } from '../optimizers/trainingState.ts';
import { checkKey } from '../random/key.ts';
import type { AnyModel, Model } from '../transforms/model.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { firstMisfit } from '../tree/firstMisfit.ts';
import { entries } from '../tree/index.ts';
import type { CheckpointError } from './error.ts';
import { joined, writeSafetensors } from './safetensors/safetensors.ts';
import { encoded, type FloatType, type Values } from './safetensors/values.ts';
import { modelSettings } from './settings.ts';
import { withoutPruned } from './sparse.ts';
import { structureText } from './structure.ts';
import { expectedTree, tensorName } from './treeDefinition.ts';

declare const __TFJS_BAYESIAN_VERSION__: string;

/** The library's version, inserted by the build and the tests. */
const version: string = __TFJS_BAYESIAN_VERSION__;

/** The name and version of this library's metadata in safetensors files. */
export const format = 'tfjs-bayesian/1';

/** Options of `save` and `toBytes`. */
export interface SaveOptions {
  /**
   * How parameters are stored: in full (`'F32'`, the default) or in half the bytes, as `'F16'` (11 significant bits,
   * up to 65504) or `'BF16'` (8 bits, the range of float32). Other tensors of a state are stored in full.
   */
  readonly dtype?: FloatType;
  /**
   * Whether only the kept elements of pruned variables are stored, where that saves space, with a bit for each element;
   * default false. `load` returns the same tensors.
   */
  readonly sparse?: boolean;
  /**
   * Strings to keep in the file by name, such as the JSON of a scaling; `inspect` returns them. The names `format`,
   * `version`, `structure`, `model` and `sparse` are taken.
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

const optionNames: OptionNames<SaveOptions> = { dtype: true, sparse: true, metadata: true };

/** The names of this library's own metadata. */
const ownNames = ['format', 'version', 'structure', 'model', 'sparse'];

/** The tree to store for parameters or a state: `params`, and beside it the rest of a state. */
const storedTree = (value: unknown): Readonly<Record<string, unknown>> => {
  if (!isTrainingState(value)) return { params: value };
  const { params, optimizer, step, key, epochs } = value;
  checkKey("checkpoint: 'key'", key);
  return { params, optimizer, step, key, ...(epochs === undefined ? {} : { epochs }) };
};

/**
 * Rejects a tree whose tensors under `params` are not exactly those of a model, since `load` would reject it.
 *
 * @throws Error naming the first tensor that is missing, unexpected, disposed or of another shape
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
 * The parts of a checkpoint in order.
 *
 * @throws Error for an invalid model, a value that does not fit it, and a leaf that cannot be stored
 */
export const fileParts =
  <P>(model: Model<P>, { dtype = 'F32', sparse = false, metadata = {} }: SaveOptions) =>
  (value: P | TrainingState<P, unknown>): TE.TaskEither<CheckpointError, readonly Uint8Array[]> => {
    const whole = storedTree(value);
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
      TE.apSW('settings', TE.fromTask(modelSettings(model))),
      TE.map(({ tensors: all, settings }) => {
        const { tensors, sparse: variables } = sparse
          ? withoutPruned(model, all)
          : { tensors: all, sparse: {} };
        return writeSafetensors(tensors, {
          ...metadata,
          format,
          version,
          structure,
          model: JSON.stringify(settings),
          ...(Object.keys(variables).length > 0 && { sparse: JSON.stringify(variables) }),
        });
      }),
    );
  };

/**
 * Checks the options.
 *
 * @throws Error for an unknown option, and an invalid dtype, `sparse` or metadata
 */
export const assertSaveOptions = (fn: string, options: SaveOptions): void => {
  const { dtype = 'F32', sparse = false, metadata = {} } = knownOptions(fn, options, optionNames);
  if (!['F32', 'F16', 'BF16'].includes(dtype))
    invalidArgument(`${fn}: dtype`, "'F32', 'F16' or 'BF16'", dtype);
  if (typeof sparse !== 'boolean') invalidArgument(`${fn}: sparse`, 'true or false', sparse);
  const isRecord = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (!isRecord) invalidArgument(`${fn}: metadata`, 'a record of strings', metadata);
  for (const [name, value] of Object.entries(metadata)) {
    if (ownNames.includes(name))
      invalidArgument(`${fn}: metadata`, `without the names ${ownNames.join(', ')}`, metadata);
    if (typeof value !== 'string') invalidArgument(`${fn}: metadata.${name}`, 'a string', value);
  }
};

/**
 * A checkpoint as bytes: the parameters of a model, or a whole training state, in the safetensors format. Its metadata
 * hold the structure of the tree, the posterior and prior settings of every variable and the version of the library. The
 * same value gives the same bytes.
 *
 * @throws Error for an invalid model, and for parameters that do not fit it
 * @returns Left if a parameter is NaN or infinite, or too large for `dtype`
 * @example
 * const bytes = await checkpoint.toBytes(model, { dtype: 'BF16' })(params)();
 */
export const toBytes = <P>(
  of: Model<P> | NotBayesian,
  options: SaveOptions = {},
): ((value: P | TrainingState<P, unknown>) => TE.TaskEither<CheckpointError, Uint8Array>) => {
  const model = checkedModel('checkpoint.toBytes: model', of);
  assertSaveOptions('checkpoint.toBytes', options);
  const parts = fileParts(model, options);
  return (value) => pipe(parts(value), TE.map(joined));
};
