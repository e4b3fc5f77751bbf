import { editDistance } from './editDistance.ts';
import { cut, invalidArgument } from './invalidArgument.ts';
import { tag } from './values.ts';

/** The names of an option record. The type requires every option to be listed. */
export type OptionNames<O> = Readonly<Record<keyof O, true>>;

/** A name in lower case, without the separators of snake_case and kebab-case. */
export const plain = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

/** 'lr' of 'learningRate'; a name without lower-case letters is not camelCase. */
const initials = (name: string): string =>
  /[a-z]/.test(name) ? name.replace(/(?<=.)[^A-Z]/g, '').toLowerCase() : '';

/** How dissimilar two names are: 0 if they differ only in case, 1 or more if they have little in common. */
const dissimilarity = (given: string, name: string): number => {
  const [a, b] = [plain(given), plain(name)];
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  const abbreviated = shorter.length > 1 && (a === initials(name) || b === initials(given));
  const within = shorter.length > 2 && longer.includes(shorter);
  const oneMore = within && longer.startsWith(shorter) && longer.length === shorter.length + 1;
  const apart = (2 * editDistance(a, b)) / Math.max(a.length + b.length, 1);
  return Math.min(apart, abbreviated ? 0.2 : apart, within ? 0.3 : apart, oneMore ? 0.1 : apart);
};

/**
 * The known name closest to the given one, if any is close.
 *
 * @example
 * suggestion('lr', ['learningRate', 'momentum']); // 'learningRate'
 */
export const suggestion = (given: string, known: readonly string[]): string | undefined =>
  known
    .map((name) => ({ name, unlike: dissimilarity(given, name) }))
    .filter(({ unlike }) => unlike <= 0.55)
    .sort((a, b) => a.unlike - b.unlike)[0]?.name;

/** Accepts records from another realm (a notebook cell, a frame), whose `Object.prototype` differs. */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && tag(value) === undefined;
};

/**
 * Checks that the options are a record without unknown names, and returns them. JavaScript would silently ignore a
 * misspelt option.
 *
 * @throws Error naming the unknown option and the closest known one, or describing what was passed in place of a
 * record
 * @example
 * const names: OptionNames<SgdOptions> = { learningRate: true, momentum: true, nesterov: true };
 * const { learningRate } = knownOptions('sgd', { lr: 0.1 }, names);
 * // Error: sgd: unknown option 'lr'; did you mean 'learningRate'?
 */
export const knownOptions = <O extends object>(
  fn: string,
  options: O,
  names: Readonly<Record<string, true>>,
): O => {
  if (!isRecord(options)) return invalidArgument(`${fn}: options`, 'a record of options', options);
  const known = Object.keys(names);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return options;
  const meant = suggestion(unknown, known);
  const hint =
    meant === undefined ? `the options are ${known.join(', ') || 'none'}` : `did you mean '${meant}'?`;
  throw new Error(`${fn}: unknown option '${cut(unknown)}'; ${hint}`);
};

/**
 * `knownOptions` for an optional argument.
 *
 * @throws Error where `knownOptions` throws
 * @example
 * const { bias = true } = optionalOptions('linear', undefined, names); // true
 */
export const optionalOptions = <O extends object>(
  fn: string,
  options: O | undefined,
  names: Readonly<Record<string, true>>,
): O => (options === undefined ? ({} as O) : knownOptions(fn, options, names));
