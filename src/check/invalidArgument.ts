import { tag } from './values.ts';

/**
 * Throws for an invalid argument. The message names the argument, what was expected and what it was, and may end with
 * what to write instead.
 *
 * @throws Error always, e.g. `vmapSamples: samples must be a positive integer, got 0`
 * @example
 * if (rate < 0) invalidArgument('dropout: rate', 'a number in [0, 1)', rate);
 */
export const invalidArgument = (
  argument: string,
  expected: string,
  got: unknown,
  instead?: string,
): never => {
  throw new Error(
    `${argument} must be ${expected}, got ${describe(got)}${instead === undefined ? '' : `; ${instead}`}`,
  );
};

/** Truncates a text to a length that fits in a message. */
export const cut = (text: string, most = 80): string => {
  const chars = Array.from(text.slice(0, 2 * most));
  return chars.length <= most ? text : `${chars.slice(0, most).join('')}...`;
};

/**
 * Joins names with commas; a long list shows the first few and counts the rest.
 *
 * @example
 * listed(['mean', 'std']); // 'mean, std'
 * listed(Object.keys(weights)); // 'w0, w1, w2, w3, w4, w5, w6, w7 and 64992 more'
 */
export const listed = (names: readonly unknown[], most = 8): string => {
  const shown = Array.from(names.slice(0, most), (name) => cut(String(name), 40)).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
};

const isTensorLike = (
  value: object,
): value is { readonly shape: readonly number[]; readonly dtype: string; readonly isDisposed?: unknown } =>
  'shape' in value && Array.isArray(value.shape) && 'dtype' in value && typeof value.dtype === 'string';

/** A noun with its article: 'an int32 tensor'. */
const withArticle = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** Truncates and escapes a text to one line. */
const singleLine = (text: string): string => JSON.stringify(cut(text)).slice(1, -1).replaceAll('\\"', '"');

const nameIn = (value: unknown): string =>
  typeof value === 'function' && typeof value.name === 'string' ? singleLine(cut(value.name, 40)) : '';

/** Describes an instance of a class; a plain object is better described by its keys. */
const describeInstance = (value: object): string | undefined => {
  if (value instanceof Promise) return 'a Promise (is an await missing?)';
  if (value instanceof Date) return `a Date, ${String(value)}`;
  if (value instanceof Error)
    return withArticle(`${nameIn(value.constructor) || 'Error'}: ${singleLine(value.message)}`);
  if (value instanceof Map || value instanceof Set)
    return `${withArticle(nameIn(value.constructor))} of ${value.size}`;
  if (ArrayBuffer.isView(value) && 'length' in value)
    return `${withArticle(nameIn(value.constructor))} of ${String(value.length)} numbers`;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object's prototype ends the chain, also in another realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const name = 'constructor' in value ? nameIn(value.constructor) : '';
  return name === '' ? undefined : withArticle(name);
};

const ofObject = (value: object, depth: number): string => {
  if (Array.isArray(value)) {
    if (depth > 2 && value.length > 0) return '[...]';
    const shown = Array.from(value.slice(0, 8), (each) => describeAt(each, depth + 1)).join(', ');
    return `[${shown}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (isTensorLike(value)) {
    const state = value.isDisposed === true ? 'disposed ' : '';
    return `${withArticle(`${state}${value.dtype}`)} tensor of shape [${listed(value.shape)}]`;
  }
  const kind = tag(value);
  if (kind === 'Right' || kind === 'Left') return `a ${kind} (open it with E.match, or check its _tag)`;
  if (kind !== undefined) return withArticle(singleLine(cut(kind, 40)));
  const names = Object.keys(value).map(singleLine);
  return (
    describeInstance(value) ??
    (names.length === 0 ? 'an empty object' : `an object with keys [${listed(names)}]`)
  );
};

const describeAt = (value: unknown, depth: number): string => {
  if (typeof value === 'string') return `'${singleLine(value)}'`;
  if (typeof value === 'bigint') return cut(`${value}n`);
  if (typeof value === 'symbol') return singleLine(String(value));
  if (typeof value === 'function') return `a function${nameIn(value) && ` '${nameIn(value)}'`}`;
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'object' && value !== null ? ofObject(value, depth) : String(value);
};

/**
 * A short description of any value for an error message, on one line: its kind and, for tensors, its shape. It never
 * throws, even if a getter of the value does.
 *
 * @example
 * describe([1, 2]); // '[1, 2]'
 * describe(tf.zeros([2, 3], 'int32')); // 'an int32 tensor of shape [2, 3]'
 */
export const describe = (value: unknown): string => {
  try {
    return cut(describeAt(value, 0), 400);
  } catch {
    return `${withArticle(typeof value)} that cannot be read`;
  }
};

const errorCode = (error: Error): string =>
  'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? error.code : '';

const within = (error: Error): readonly unknown[] => [
  ...(error instanceof AggregateError ? error.errors : []),
  ...(error.cause === undefined ? [] : [error.cause]),
];

const fullMessage = (thrown: unknown, above: readonly unknown[]): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const [{ message }, code] = [thrown, errorCode(thrown)];
  const own = message === '' ? code || thrown.name : code === '' ? message : `${message} (${code})`;
  const path = [...above, thrown];
  // Causes may form a cycle.
  const causes = within(thrown).flatMap((cause) => (path.includes(cause) ? [] : [fullMessage(cause, path)]));
  return causes.reduce((text, cause) => (text.includes(cause) ? text : `${text}: ${cause}`), own);
};

/**
 * The message of a thrown value, followed by those of its causes: `fetch` and others give the reason only in a cause.
 *
 * @example
 * thrownMessage(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }));
 * // 'fetch failed: connect ECONNREFUSED 127.0.0.1:1'
 */
export const thrownMessage = (thrown: unknown): string => fullMessage(thrown, []);
