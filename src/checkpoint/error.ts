import { thrownMessage } from '../check/index.ts';

/** What is wrong with a file that is not a valid safetensors file, or not one of ours; `index` is that of shards. */
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
      /** Not a valid file; `tensor` is the name of the one at fault, where it is one. */
      readonly _tag: 'InvalidFile';
      readonly fault: Fault;
      readonly tensor?: string;
      readonly message: string;
    }
  | {
      /** A valid file of something else than this model: every difference, of which `message` shows the first ones. */
      readonly _tag: 'Mismatched';
      readonly mismatches: readonly Mismatch[];
      readonly message: string;
    };

/** As much of a line as an error shows: a file's own names may be of any length. */
const LONGEST_LINE = 400;

const LONGEST_NAME = 120;

const cut = (text: string, longest: number): string =>
  text.length > longest
    ? `${text.slice(0, longest).replace(/\p{Cs}$/u, '')}... (${text.length} characters)`
    : text;

/** What moves a terminal's cursor, ends a line or turns the direction of what follows; half a character too. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of a file in one line. */
const line = (text: string, longest: number): string =>
  cut(text, longest).replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** As much of a path or an address as a message shows: one that begins with `data:` may be a whole file. */
const LONGEST_PLACE = 300;

const failed = (place: string, what: string, thrown: unknown): string =>
  `${line(place, LONGEST_PLACE)} cannot be ${what}: ${line(thrownMessage(thrown), LONGEST_LINE)}`;

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
      ? line(message, LONGEST_LINE)
      : `tensor '${line(tensor, LONGEST_NAME)}': ${line(message, LONGEST_LINE)}`,
});

/** As many mismatches of a kind as a message lists. */
const MOST_OF_A_KIND = 8;

/** The mismatches that a message lists, and how many there are of each kind beside them. */
const listed = (
  mismatches: readonly Mismatch[],
): readonly [shown: readonly Mismatch[], more: ReadonlyMap<string, number>] => {
  const counts = new Map<string, number>();
  const shown: Mismatch[] = [];
  for (const mismatch of mismatches) {
    const count = (counts.get(mismatch.kind) ?? 0) + 1;
    counts.set(mismatch.kind, count);
    if (count <= MOST_OF_A_KIND) shown.push(mismatch);
  }
  const more = [...counts].map(([kind, count]) => [kind, count - MOST_OF_A_KIND] as const);
  return [shown, new Map(more.filter(([, count]) => count > 0))];
};

/** The error of a file that does not fit: one line a mismatch, of each kind the first ones and how many more there are. */
export const mismatched = (mismatches: readonly Mismatch[]): CheckpointError => {
  const [shown, more] = listed(mismatches);
  const lines = shown.map(
    ({ path, message }) => `'${line(path, LONGEST_NAME)}': ${line(message, LONGEST_LINE)}`,
  );
  const counts = [...more].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return {
    _tag: 'Mismatched',
    mismatches,
    message: [...lines, ...(counts === '' ? [] : [`and more: ${counts}`])].join('\n'),
  };
};
