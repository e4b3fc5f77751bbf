import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import type { GradientTransformation } from '../optimizers/index.ts';
import type { TrainingState } from '../optimizers/trainingState.ts';
import { key as randomKey } from '../random/key.ts';
import type { AnyModel, Model } from '../transforms/model.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { everyLeaf } from '../tree/everyLeaf.ts';
import { at } from '../tree/index.ts';
import { type Contents, withContents } from './contents.ts';
import { type CheckpointError, invalid, type Mismatch, mismatched } from './error.ts';
import { readTensors, tensorMismatches, type Wanted } from './safetensors/values.ts';
import { modelSettings, settingMismatches } from './settings.ts';
import type { Source } from './source.ts';
import { leafLike, readStructure } from './structure.ts';
import { format } from './toBytes.ts';
import { expectedTree, rebuilt, type TreeDefinition, tensorName } from './treeDefinition.ts';

/** Options of `load`. */
export interface LoadOptions<S> {
  /** The optimizer to resume training with: loads the whole state instead of only the parameters. */
  readonly optimizer: Pick<GradientTransformation<S>, 'init'>;
}

const optionNames: OptionNames<LoadOptions<unknown>> = { optimizer: true };

/** The tree to expect in the file; a whole state also has a step and a key. */
const blueprintFor = (
  model: AnyModel,
  optimizer: Pick<GradientTransformation<unknown>, 'init'> | undefined,
): TreeDefinition => {
  const { tree, tensors } = expectedTree(model, optimizer);
  return optimizer === undefined
    ? { tree, tensors }
    : { tree: { ...(tree as object), step: 0, key: randomKey(0) }, tensors };
};

/** Adds `epochs` if the file's state has it: files of version 0.1 do not. */
const withEpochs = ({ tree, tensors }: TreeDefinition, structure: unknown): TreeDefinition =>
  at(['epochs'])(structure) === undefined
    ? { tree, tensors }
    : { tree: { ...(tree as object), epochs: { step: 0, epoch: 0, length: 1 } }, tensors };

/** The counts of a state, and their minimum. */
const counts = new Map([
  ['step', 0],
  ['epochs.step', 0],
  ['epochs.epoch', 0],
  ['epochs.length', 1],
]);

const checkedFormat = (contents: Contents): E.Either<CheckpointError, Contents> => {
  const found = contents.metadata.get('format');
  if (found === format) return E.right(contents);
  const named = found === undefined ? 'no format' : `the format '${found}'`;
  return E.left(
    invalid('format', `the metadata has ${named}, not '${format}'; use fromTorchBlue for PyTorch files`),
  );
};

const wantedTensors = ({ tensors }: TreeDefinition): readonly Wanted[] =>
  tensors.map(({ path, shape, dtype }) => ({
    path: tensorName(path),
    name: tensorName(path),
    shape,
    dtype,
    finite: path[0] === 'params',
  }));

/** How leaves other than tensors differ: a step's number, the key, those of an optimizer. */
const leafMismatches = (expected: TreeDefinition, structure: unknown): readonly Mismatch[] => {
  const tensors = new Set(expected.tensors.map(({ path }) => tensorName(path)));
  const wanted = everyLeaf(expected.tree).filter(({ path }) => !tensors.has(tensorName(path)));
  const found = new Map(
    everyLeaf(structure).flatMap(({ path, leaf }) =>
      leaf === 'tensor' ? [] : [[tensorName(path), leaf] as const],
    ),
  );
  const names = new Set(wanted.map(({ path }) => tensorName(path)));
  return [
    ...wanted.flatMap(({ path, leaf }): readonly Mismatch[] => {
      const name = tensorName(path);
      if (!found.has(name)) return [{ kind: 'missing', path: name, message: 'the file has no such value' }];
      const like = leafLike(leaf, found.get(name));
      const least = counts.get(name);
      const isCount = Number.isSafeInteger(like?.value) && Number(like?.value) >= (least ?? 0);
      return like === undefined || (least !== undefined && !isCount)
        ? [{ kind: 'value', path: name, message: `'${found.get(name)}' is not a valid value` }]
        : [];
    }),
    ...[...found.keys()].flatMap((name): readonly Mismatch[] =>
      names.has(name) ? [] : [{ kind: 'unexpected', path: name, message: 'unexpected value in the file' }],
    ),
  ];
};

/** The structure of the file, if it matches the expected one in everything but the values of tensors. */
const compared =
  (model: AnyModel, expected: TreeDefinition, resuming: boolean) =>
  ({ tensors, metadata }: Contents): TE.TaskEither<CheckpointError, unknown> =>
    pipe(
      TE.Do,
      TE.apS('structure', TE.fromEither(readStructure(metadata.get('structure')))),
      TE.apSW('settings', TE.fromTask(modelSettings(model))),
      TE.chain(({ structure, settings }) => {
        const declared = tensors.filter(({ name }) => resuming || name.startsWith('params.'));
        const mismatches = [
          ...settingMismatches(metadata.get('model'), resuming)(settings),
          ...tensorMismatches(wantedTensors(expected), declared),
          ...(resuming ? leafMismatches(withEpochs(expected, structure), structure) : []),
        ];
        return mismatches.length > 0 ? TE.left(mismatched(mismatches)) : TE.right(structure);
      }),
    );

/**
 * Loads a file written by `save`: the parameters of a model, or with its `optimizer` the whole training state, which
 * resumes bit for bit as if it had never stopped. The caller owns the tensors. Before any data is read, the header is
 * validated and compared with the model: names, shapes, dtypes, the family of every posterior and, for a state, the
 * priors; every difference is reported at once. Parameters also load from the file of a state. The path or URL of a
 * `...safetensors.index.json` opens the shards beside it as one file.
 *
 * @throws Error for an invalid model, optimizer or source
 * @returns Left if the source cannot be read, is not a valid file or does not fit the model
 * @example
 * const optimizer = adam({ learningRate: 1e-3 });
 * const params = await checkpoint.load(model)('run.safetensors')();
 * const state = await checkpoint.load(model, { optimizer })('run.safetensors')();
 */
export function load<P, S>(
  of: Model<P> | NotBayesian,
  options: LoadOptions<S>,
): (source: Source) => TE.TaskEither<CheckpointError, TrainingState<P, S>>;
export function load<P>(of: Model<P> | NotBayesian): (source: Source) => TE.TaskEither<CheckpointError, P>;
export function load(
  of: Model<unknown> | NotBayesian,
  options?: LoadOptions<unknown>,
): (source: Source) => TE.TaskEither<CheckpointError, unknown> {
  const model = checkedModel('checkpoint.load: model', of);
  const resuming = options !== undefined;
  const optimizer = resuming ? knownOptions('checkpoint.load', options, optionNames).optimizer : undefined;
  if (resuming && typeof optimizer?.init !== 'function') {
    invalidArgument('checkpoint.load: optimizer', 'one such as adam({ learningRate: 1e-3 })', optimizer);
  }
  return (source) =>
    withContents(source)((contents) =>
      pipe(
        TE.fromEither(checkedFormat(contents)),
        TE.let('expected', () => blueprintFor(model, optimizer)),
        TE.let('wanted', ({ expected }) => wantedTensors(expected)),
        TE.bind('structure', ({ expected }) => compared(model, expected, resuming)(contents)),
        TE.bind('data', ({ wanted }) => contents.read(new Set(wanted.map(({ name }) => name)))),
        TE.chainEitherK(({ expected, wanted, structure, data }) =>
          pipe(
            readTensors(wanted, contents.tensors)(data),
            E.map((tensors) =>
              rebuilt(resuming ? withEpochs(expected, structure).tree : expected.tree, structure, tensors),
            ),
          ),
        ),
        TE.map((whole) => (resuming ? whole : (whole as { readonly params: unknown }).params)),
      ),
    );
}
