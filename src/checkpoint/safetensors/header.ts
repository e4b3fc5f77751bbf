import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import { thrownMessage } from '../../check/index.ts';
import { type CheckpointError, type Fault, invalid } from '../error.ts';
import { type Json, type Members, strictJson } from './strictJson.ts';
import { bitSizes } from './values.ts';

/** A tensor as a header declares it; offsets in bytes from the end of the header. */
export interface Declared {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  /** How many elements are stored, if it is one of a sparse variable. */
  readonly kept?: number;
}

/** The contents of a header: its tensors in its order, and metadata. */
export interface Header {
  readonly tensors: readonly Declared[];
  readonly metadata: ReadonlyMap<string, string>;
}

const METADATA = '__metadata__';

const isMembers = (json: Json): json is Members =>
  typeof json === 'object' && '_tag' in json && json._tag === 'Members';

const isNumbers = (json: Json | undefined): json is readonly number[] =>
  Array.isArray(json) && json.every((each) => typeof each === 'number');

/** A value as written, without the inside of an object. */
const shown = (json: Json): string => {
  if (typeof json !== 'object') return JSON.stringify(json);
  if ('_tag' in json) return json._tag === 'Misplaced' ? json.text : '{...}';
  return `[${json.map(shown).join(', ')}]`;
};

const duplicateIn = ({ members }: Members): string | undefined => {
  const seen = new Set<string>();
  return members.find(([name]) => seen.size === seen.add(name).size)?.[0];
};

const declared = ([name, json]: readonly [string, Json]): E.Either<CheckpointError, Declared> => {
  const refuse = (fault: Fault, message: string) => E.left(invalid(fault, message, name));
  if (name.split('.').includes('__proto__')) return refuse('name', 'this name is not allowed');
  if (/\p{Cs}/u.test(name)) return refuse('name', 'this name is not valid Unicode');
  if (!isMembers(json)) return refuse('json', 'its entry is not an object');
  const twice = duplicateIn(json);
  if (twice !== undefined) return refuse('duplicate name', `its entry has '${twice}' twice`);
  const fields = new Map(json.members);
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((field) => fields.get(field));
  if (fields.size !== 3 || dtype === undefined || shape === undefined || offsets === undefined) {
    return refuse('json', 'its entry must have dtype, shape and data_offsets and nothing else');
  }
  if (typeof dtype !== 'string' || !bitSizes.has(dtype)) {
    return refuse('dtype', `unknown dtype ${shown(dtype)}`);
  }
  if (!isNumbers(shape)) return refuse('shape', `its shape ${shown(shape)} is not a list of sizes`);
  const [begin, end, ...more] = isNumbers(offsets) ? offsets : [];
  return begin === undefined || end === undefined || more.length > 0
    ? refuse('offsets', `its data_offsets ${shown(offsets)} are not a begin and an end`)
    : E.right({ name, dtype, shape, begin, end });
};

const notes = (json: Json): E.Either<CheckpointError, ReadonlyMap<string, string>> => {
  const texts = isMembers(json)
    ? json.members.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
    : [];
  return isMembers(json) && texts.length === json.members.length && duplicateIn(json) === undefined
    ? E.right(new Map(texts))
    : E.left(invalid('metadata', 'the metadata must map names to strings, each name once'));
};

/**
 * Parses the text of a header, if every entry has the form of the safetensors format. `validateHeader` checks the entries
 * against the data.
 *
 * @example
 * parseHeader('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
 */
export const parseHeader = (text: string): E.Either<CheckpointError, Header> =>
  pipe(
    E.tryCatch(
      () => strictJson(text),
      (error) => invalid('json', `the header is not JSON: ${thrownMessage(error)}`),
    ),
    E.filterOrElse(isMembers, () => invalid('json', 'the header is not a JSON object')),
    E.filterOrElseW(
      (json) => duplicateIn(json) === undefined,
      (json) => invalid('duplicate name', 'the name occurs twice', duplicateIn(json)),
    ),
    E.chain(({ members }) =>
      pipe(
        E.Do,
        E.apS(
          'tensors',
          pipe(
            members.filter(([name]) => name !== METADATA),
            E.traverseArray(declared),
          ),
        ),
        E.apS(
          'metadata',
          pipe(
            members,
            RA.findFirst(([name]) => name === METADATA),
            (found) => (found._tag === 'None' ? E.right(new Map()) : notes(found.value[1])),
          ),
        ),
      ),
    ),
  );
