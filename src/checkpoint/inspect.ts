import * as TE from 'fp-ts/lib/TaskEither.js';
import { withContents } from './contents.ts';
import type { CheckpointError } from './error.ts';
import type { Source } from './source.ts';

/** The contents of a file without its data. */
export interface CheckpointContents {
  /** Its tensors in the order of its header. */
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    /** How many elements are stored, if the variable is sparse: see the option `sparse` of `save`. */
    readonly kept?: number;
  }[];
  /**
   * Its metadata by name. A checkpoint of this library has its `format`, the library's `version`, the `structure` of the
   * tree, the settings of the `model` and, if there are any, the `sparse` variables, the last three as JSON.
   */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Lists the contents of a safetensors file, from this library or another, without a model and without reading its data:
 * for example to find the module names in a state dictionary of PyTorch. The index of a sharded checkpoint opens with all
 * of its shards, and its metadata, such as the `total_size`, are merged with theirs.
 *
 * @throws Error if the source cannot be opened as such
 * @returns Left if the source cannot be read or is not a valid file
 * @example
 * const contents = await checkpoint.inspect('mlp.safetensors')();
 */
export const inspect = (source: Source): TE.TaskEither<CheckpointError, CheckpointContents> =>
  withContents(source)(({ tensors, metadata }) =>
    TE.right({
      tensors: tensors.map(({ name, dtype, shape, kept }) => ({
        name,
        dtype,
        shape,
        ...(kept !== undefined && { kept }),
      })),
      metadata,
    }),
  );
