import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Target, writerTo } from '../files/index.ts';
import type { TrainingState } from '../optimizers/trainingState.ts';
import type { Model } from '../transforms/model.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { type CheckpointError, unwritable } from './error.ts';
import { assertSaveOptions, fileParts, type SaveOptions } from './toBytes.ts';

/**
 * Writes the parts of a file to a target, atomically.
 *
 * @throws Error for an invalid target
 */
const writeTo = (target: Target) => {
  const { name, write } = writerTo('checkpoint.save: target', target, 'application/octet-stream');
  return (
    parts: TE.TaskEither<CheckpointError, readonly Uint8Array[]>,
  ): TE.TaskEither<CheckpointError, void> =>
    pipe(
      parts,
      TE.chain((bytes) =>
        TE.tryCatch(
          () => write(bytes),
          (error) => unwritable(name, error),
        ),
      ),
    );
};

/**
 * Saves the parameters of a model, or a whole training state, in a safetensors file. In Node the file at a path is
 * replaced atomically, so a crash leaves either the old or the new one; its mode is kept, links are followed, and
 * devices, FIFOs and `/dev/stdout` are written directly. In a browser the target is the name of a download. Nothing
 * happens until the result is called, and the tensors must live until it is done.
 *
 * @throws Error for an invalid model or target, and for parameters that do not fit the model
 * @returns Left if the file cannot be written, or a parameter is NaN, infinite or too large for `dtype`
 * @example
 * const saved = await checkpoint.save(model)('run.safetensors')(params)();
 * if (E.isLeft(saved)) console.error(saved.left.message);
 */
export const save = <P>(
  of: Model<P> | NotBayesian,
  options: SaveOptions = {},
): ((target: Target) => (value: P | TrainingState<P, unknown>) => TE.TaskEither<CheckpointError, void>) => {
  const model = checkedModel('checkpoint.save: model', of);
  assertSaveOptions('checkpoint.save', options);
  const parts = fileParts(model, options);
  return (target) => {
    const write = writeTo(target);
    return (value) => write(parts(value));
  };
};
