/** What is wrong with a file that is no proper safetensors file, or not one of ours. */
export type Fault =
  | 'truncated'
  | 'header length'
  | 'encoding'
  | 'json'
  | 'metadata'
  | 'name'
  | 'duplicate name'
  | 'dtype'
  | 'shape'
  | 'offsets'
  | 'overlap'
  | 'gap'
  | 'format';

/** One place where a file and a model differ, or a value that no parameter can have. */
export interface Mismatch {
  readonly kind: 'missing' | 'unexpected' | 'shape' | 'dtype' | 'value' | 'posterior' | 'prior';
  /** The path in our tree, or the name in the file where our tree has no such place. */
  readonly path: string;
  /** One line that says what the file has and what was expected. */
  readonly message: string;
}

/** Why a checkpoint was not read or written; `message` says it in words. */
export type CheckpointError =
  | {
      /** The source could not be read. */
      readonly _tag: 'Unreadable';
      readonly source: string;
      readonly message: string;
      /** What was thrown, with the causes of its own. */
      readonly cause: unknown;
    }
  | {
      /** The target could not be written; what was there before is whole. */
      readonly _tag: 'Unwritable';
      readonly target: string;
      readonly message: string;
      /** What was thrown. */
      readonly cause: unknown;
    }
  | {
      /** No proper file; `tensor` is the name of the one at fault, where it is one. */
      readonly _tag: 'InvalidFile';
      readonly fault: Fault;
      readonly tensor?: string;
      readonly message: string;
    }
  | {
      /** A proper file of something else than this model: every difference at once. */
      readonly _tag: 'Mismatched';
      readonly mismatches: readonly Mismatch[];
      readonly message: string;
    };

/** The error of a file that is not proper. */
export const invalid = (fault: Fault, message: string, tensor?: string): CheckpointError => ({
  _tag: 'InvalidFile',
  fault,
  ...(tensor === undefined ? {} : { tensor }),
  message: tensor === undefined ? message : `tensor '${tensor}': ${message}`,
});

/** The error of a file that does not fit: one line a mismatch. */
export const mismatched = (mismatches: readonly Mismatch[]): CheckpointError => ({
  _tag: 'Mismatched',
  mismatches,
  message: mismatches.map(({ path, message }) => `'${path}': ${message}`).join('\n'),
});
