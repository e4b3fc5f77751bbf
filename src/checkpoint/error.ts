import { thrownMessage } from '../check/index.ts';

/**
 * Why a file is not a valid safetensors file, or not a checkpoint of this library; `index` is that of shards, `sparse` what
 * describes variables of which only kept elements are stored.
 */
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
  | 'index'
  | 'sparse'
  | 'format';

/** One difference between a file and a model, or an invalid value of a parameter. */
export interface Mismatch {
  readonly kind: 'missing' | 'unexpected' | 'shape' | 'dtype' | 'value' | 'posterior' | 'prior';
  /** The path in the model's tree, or the name in the file if the tree has no such path. */
  readonly path: string;
  /** One line with the file's entry and the expected one. */
  readonly message: string;
}

/** Why a checkpoint was not read or written; `message` describes it. */
export type CheckpointError =
  | {
      /** The source could not be read. */
      readonly _tag: 'Unreadable';
      readonly source: string;
      readonly message: string;
      /** The thrown value, including its own causes. */
      readonly cause: unknown;
    }
  | {
      /** The target could not be written; its previous content is intact. */
      readonly _tag: 'Unwritable';
      readonly target: string;
      readonly message: string;
      /** The thrown value. */
      readonly cause: unknown;
    }
  | {
      /** Not a valid file; `tensor` is the name of the faulty one, if any. */
      readonly _tag: 'InvalidFile';
      readonly fault: Fault;
      readonly tensor?: string;
      readonly message: string;
    }
  | {
      /** A valid file that does not fit the model: every difference, of which `message` shows the first ones. */
      readonly _tag: 'Mismatched';
      readonly mismatches: readonly Mismatch[];
      readonly message: string;
    };

/** The longest line that an error shows: names in a file may have any length. */
const MAX_LINE = 400;

const MAX_NAME = 120;

const truncated = (text: string, longest: number): string =>
  text.length > longest
    ? `${text.slice(0, longest).replace(/\p{Cs}$/u, '')}... (${text.length} characters)`
    : text;

/** Characters that move a terminal's cursor, end a line or change the text direction, and lone surrogates. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A file's text on one line. */
const line = (text: string, longest: number): string =>
  truncated(text, longest).replace(
    unprintable,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The longest path or URL that a message shows: a `data:` URL may be a whole file. */
const MAX_LOCATION = 300;

const failed = (place: string, what: string, thrown: unknown): string =>
  `${line(place, MAX_LOCATION)} cannot be ${what}: ${line(thrownMessage(thrown), MAX_LINE)}`;

/** The error of a source that cannot be read. */
export const unreadable = (source: string, cause: unknown): CheckpointError => ({
  _tag: 'Unreadable',
  source,
  message: failed(source, 'read', cause),
  cause,
});

/** The error of a target that cannot be written. */
export const unwritable = (target: string, cause: unknown): CheckpointError => ({
  _tag: 'Unwritable',
  target,
  message: failed(target, 'written', cause),
  cause,
});

/** The error of a file that is not valid. */
export const invalid = (fault: Fault, message: string, tensor?: string): CheckpointError => ({
  _tag: 'InvalidFile',
  fault,
  ...(tensor === undefined ? {} : { tensor }),
  message:
    tensor === undefined
      ? line(message, MAX_LINE)
      : `tensor '${line(tensor, MAX_NAME)}': ${line(message, MAX_LINE)}`,
});

/** The most mismatches of a kind that a message lists. */
const MAX_PER_KIND = 8;

/** The mismatches that a message lists, and the number of others by kind. */
const listed = (
  mismatches: readonly Mismatch[],
): readonly [shown: readonly Mismatch[], more: ReadonlyMap<string, number>] => {
  const counts = new Map<string, number>();
  const shown: Mismatch[] = [];
  for (const mismatch of mismatches) {
    const count = (counts.get(mismatch.kind) ?? 0) + 1;
    counts.set(mismatch.kind, count);
    if (count <= MAX_PER_KIND) shown.push(mismatch);
  }
  const more = [...counts].map(([kind, count]) => [kind, count - MAX_PER_KIND] as const);
  return [shown, new Map(more.filter(([, count]) => count > 0))];
};

/** The error of a file that does not fit: one line per mismatch, the first ones of each kind and the number of others. */
export const mismatched = (mismatches: readonly Mismatch[]): CheckpointError => {
  const [shown, more] = listed(mismatches);
  const lines = shown.map(({ path, message }) => `'${line(path, MAX_NAME)}': ${line(message, MAX_LINE)}`);
  const counts = [...more].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return {
    _tag: 'Mismatched',
    mismatches,
    message: [...lines, ...(counts === '' ? [] : [`and more: ${counts}`])].join('\n'),
  };
};
