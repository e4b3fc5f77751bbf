import { cut, listed } from './listed.ts';
import { tag } from './tag.ts';

const isTensorLike = (
  value: object,
): value is { readonly shape: readonly number[]; readonly dtype: string; readonly isDisposed?: unknown } =>
  'shape' in value && Array.isArray(value.shape) && 'dtype' in value && typeof value.dtype === 'string';

/** With the article that goes before it: 'an int32 tensor'. */
const one = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** On one line, whatever it holds. */
const inLine = (text: string): string => JSON.stringify(cut(text)).slice(1, -1).replaceAll('\\"', '"');

const nameIn = (value: unknown): string =>
  typeof value === 'function' && typeof value.name === 'string' ? inLine(cut(value.name, 40)) : '';

/** What an instance of a class is: a tree of plain records says more by its names. */
const instance = (value: object): string | undefined => {
  if (value instanceof Promise) return 'a Promise (is an await missing?)';
  if (value instanceof Date) return `a Date, ${String(value)}`;
  if (value instanceof Error) return one(`${nameIn(value.constructor) || 'Error'}: ${inLine(value.message)}`);
  if (value instanceof Map || value instanceof Set)
    return `${one(nameIn(value.constructor))} of ${value.size}`;
  if (ArrayBuffer.isView(value) && 'length' in value)
    return `${one(nameIn(value.constructor))} of ${String(value.length)} numbers`;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of a plain record, also one from another realm, the prototype is the end of its chain.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const name = 'constructor' in value ? nameIn(value.constructor) : '';
  return name === '' ? undefined : one(name);
};

const ofObject = (value: object, depth: number): string => {
  if (Array.isArray(value)) {
    if (depth > 2 && value.length > 0) return '[...]';
    const shown = Array.from(value.slice(0, 8), (each) => describeAt(each, depth + 1)).join(', ');
    return `[${shown}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (isTensorLike(value)) {
    const state = value.isDisposed === true ? 'disposed ' : '';
    return `${one(`${state}${value.dtype}`)} tensor of shape [${listed(value.shape)}]`;
  }
  const kind = tag(value);
  if (kind === 'Right' || kind === 'Left') return `a ${kind} (open it with E.match, or check its _tag)`;
  if (kind !== undefined) return one(inLine(cut(kind, 40)));
  const names = Object.keys(value).map(inLine);
  return (
    instance(value) ?? (names.length === 0 ? 'an empty object' : `an object with keys [${listed(names)}]`)
  );
};

const describeAt = (value: unknown, depth: number): string => {
  if (typeof value === 'string') return `'${inLine(value)}'`;
  if (typeof value === 'bigint') return cut(`${value}n`);
  if (typeof value === 'symbol') return inLine(String(value));
  if (typeof value === 'function') return `a function${nameIn(value) && ` '${nameIn(value)}'`}`;
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'object' && value !== null ? ofObject(value, depth) : String(value);
};

/**
 * A short description of any value for an error message, on one line: its kind and, for tensors, its shape. It does not
 * throw itself, whatever a value's own getters do.
 *
 * @example
 * describe([1, 2]); // '[1, 2]'
 * describe(tf.zeros([2, 3], 'int32')); // 'an int32 tensor of shape [2, 3]'
 */
export const describe = (value: unknown): string => {
  try {
    return cut(describeAt(value, 0), 400);
  } catch {
    return `${one(typeof value)} that cannot be read`;
  }
};
