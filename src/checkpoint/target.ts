import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Target, writerTo } from '../files/index.ts';
import { type CheckpointError, unwritable } from './error.ts';

/**
 * Writes the parts of a file to a target, all or nothing.
 *
 * @throws Error for what cannot be written to
 */
export const writeTo = (target: Target) => {
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
