import { editDistance } from './editDistance.ts';
import { invalidArgument } from './invalidArgument.ts';
import { plain, suggestion } from './options.ts';

type Kind = 'string' | 'function' | 'boolean' | 'number' | 'object' | 'value';

/** The kind of each field of a user's record; a question mark marks an optional field. */
export type FieldKinds<R> = {
  readonly [K in keyof R]-?: undefined extends R[K] ? `${Kind}?` : Kind;
};

const words: Readonly<Record<Kind, string>> = {
  string: 'a string',
  function: 'a function',
  boolean: 'true or false',
  number: 'a number',
  object: 'a record',
  value: 'given',
};

const fits = (kind: Kind, value: unknown): boolean =>
  kind === 'value' ? value !== undefined : typeof value === kind && value !== null;

/** Whether names differ only in case, word separators, a plural or, if long enough, one letter. */
const almost = (given: string, name: string): boolean => {
  const [a, b] = [plain(given), plain(name)];
  const shortest = Math.min(a.length, b.length);
  const isPlural = shortest >= 3 && (a === `${b}s` || b === `${a}s`);
  return a === b || isPlural || (shortest >= 5 && editDistance(a, b) === 1);
};

/**
 * Checks a record and returns it: every required field must be present, and each of its kind. Extra fields are
 * allowed, unless the name nearly matches that of a missing field: `logprob`, where `logProb` is missing.
 *
 * @throws Error naming the field
 * @example
 * knownFields('likelihood', { name: 'mine', logprob: () => tf.scalar(0) }, kinds);
 * // Error: likelihood: unknown field 'logprob'; did you mean 'logProb'?
 */
export const knownFields = <R extends object>(
  fn: string,
  record: R,
  kinds: Readonly<Record<string, `${Kind}` | `${Kind}?`>>,
): R => {
  const given: unknown = record;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return invalidArgument(
      fn.includes(': ') ? fn : `${fn}: argument`,
      `a record with ${Object.keys(kinds).join(', ')}`,
      given,
    );
  }
  const others = Object.keys(given).filter((name) => !Object.hasOwn(kinds, name));
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(given, name);
    const optional = kind.endsWith('?');
    const meant =
      value !== undefined
        ? undefined
        : optional
          ? others.find((other) => almost(other, name))
          : suggestion(name, others);
    if (meant !== undefined) throw new Error(`${fn}: unknown field '${meant}'; did you mean '${name}'?`);
    const wanted = kind.replace('?', '') as Kind;
    if (!(optional && value === undefined) && !fits(wanted, value))
      invalidArgument(`${fn}: ${name}`, words[wanted], value);
  }
  return record;
};
