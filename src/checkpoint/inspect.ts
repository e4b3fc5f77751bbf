import * as TE from 'fp-ts/lib/TaskEither.js';
import { withContents } from './contents.ts';
import type { CheckpointError } from './error.ts';
import type { Source } from './source.ts';

/** The metadata of a file. */
export interface CheckpointContents {
  /** Its tensors in the order of its header. */
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
  }[];
  /**
   * Its notes by name. A checkpoint of ours has its `format`, the `version` of the library, the `structure` of the tree
   * and the settings of the `model`, the last two as JSON.
   */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * What is in a safetensors file, ours or another's, without a model and without reading its data: to find out, say, how
 * a state dictionary of PyTorch calls its modules. The index of a sharded checkpoint opens with all of its shards, and its
 * notes, the `total_size` among them, stand beside theirs.
 *
 * @throws Error if the source is nothing that can be opened
 * @returns Left where the source cannot be read or is not a valid file
 * @example
 * const contents = await checkpoint.inspect('mlp.safetensors')();
 */
export const inspect = (source: Source): TE.TaskEither<CheckpointError, CheckpointContents> =>
  withContents(source)(({ tensors, metadata }) =>
    TE.right({ tensors: tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })), metadata }),
  );
