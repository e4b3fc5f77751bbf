import { describe, misuse } from '../check/index.ts';
import { type Batchable, stackBatch, unstackBatch } from '../vmap/batchable.ts';

// Symbols of the global registry, so that keys of an ESM and a CJS copy of the library know each other.
const content: unique symbol = Symbol.for('tfjs-bayesian/key');
const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * The source of all randomness: an opaque, immutable value. The same key gives the same numbers each time,
 * so every use needs a key of its own, made by `split` or `foldIn`. Inside `vmap` one key may stand for a batch.
 */
export interface Key extends Batchable {
  readonly _tag: 'Key';
  readonly toString: () => string;
}

/** The two words of a key. */
export interface Words {
  readonly k0: number;
  readonly k1: number;
}

/** The keys that one key stands for inside the `vmap` of a level. */
export interface KeyBatch {
  readonly level: number;
  readonly keys: readonly Key[];
}

type Content = Words | KeyBatch;

/** Whether the content of a key is a batch. */
export const isKeyBatch = (inner: Content): inner is KeyBatch => 'keys' in inner;

/** What is inside a key. */
export const contentOf = (key: Key): Content => (key as Key & { readonly [content]: Content })[content];

/**
 * Whether a value is a random key.
 *
 * @example
 * isKey(random.key(0)); // true
 */
export const isKey = (value: unknown): value is Key =>
  typeof value === 'object' && value !== null && content in value;

const text = (key: Key): string => {
  const inner = contentOf(key);
  return isKeyBatch(inner)
    ? `Key(batch of ${inner.keys.length} at vmap level ${inner.level})`
    : `Key(${inner.k0}, ${inner.k1})`;
};

const unstack = (key: Key, level: number, size: number): readonly Key[] => {
  const inner = contentOf(key);
  if (!isKeyBatch(inner)) return Array.from({ length: size }, () => key);
  if (inner.level === level) return inner.keys;
  const columns = inner.keys.map((item) => unstack(item, level, size));
  return Array.from({ length: size }, (_, at) =>
    make({ level: inner.level, keys: columns.map((column) => column[at]!) }),
  );
};

const prototype: object = Object.create(null, {
  _tag: { value: 'Key' },
  toString: {
    value(this: Key) {
      return text(this);
    },
  },
  [inspect]: {
    value(this: Key) {
      return text(this);
    },
  },
  [stackBatch]: {
    value: (items: readonly Key[], level: number): Key => make({ level, keys: items.map(checked) }),
  },
  [unstackBatch]: {
    value(this: Key, level: number, size: number): readonly Key[] {
      return unstack(this, level, size);
    },
  },
});

const checked = (item: unknown): Key =>
  isKey(item) ? item : misuse('vmap: each item of a list of keys', 'a random key', item);

const make = (inner: Content): Key =>
  Object.freeze(
    Object.create(prototype, { [content]: { value: Object.freeze(inner), enumerable: true } }),
  ) as Key;

/** The key of two words. */
export const keyOf = (k0: number, k1: number): Key => make({ k0: k0 >>> 0, k1: k1 >>> 0 });

/** Applies a function of the words of one key to a key, or to each key of a batch. */
export const mapKey =
  (f: (words: Words) => Key) =>
  (key: Key): Key => {
    const inner = contentOf(key);
    return isKeyBatch(inner) ? make({ level: inner.level, keys: inner.keys.map(mapKey(f)) }) : f(inner);
  };

const isEmptyRecord = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.keys(value).length === 0;

/** How a key is made of what came in its place. */
const remedy = (value: unknown): string => {
  // What a structured clone and JSON leave of a key.
  if (isEmptyRecord(value)) {
    return '; a key that came through postMessage or JSON is empty: send random.keyData(key), of which random.fromData makes the key again';
  }
  if (Array.isArray(value) && value.length === 2) return '; random.fromData makes a key of its data';
  return typeof value === 'number' ? '; random.key makes a key of a seed' : '';
};

/**
 * The value, if it is a random key.
 *
 * @throws Error naming the argument otherwise, and how a key is made of what came in its place
 */
export const checkKey = (argument: string, value: unknown): Key => {
  if (isKey(value)) return value;
  throw new Error(`${argument} must be a random key, got ${describe(value)}${remedy(value)}`);
};

/**
 * The words of the value, if it is a random key that stands for no batch.
 *
 * @throws Error naming the argument otherwise
 */
export const checkSingleKey = (argument: string, value: unknown): Words => {
  const inner = contentOf(checkKey(argument, value));
  return isKeyBatch(inner) ? misuse(argument, 'a single key, not a batch inside vmap', value) : inner;
};

/**
 * The key of a seed: an integer from 0 to 2^53 - 1, whose high and low 32 bits are the key's two words. For
 * seeds below 2^32 this is `jax.random.key`.
 *
 * @throws Error if the seed is not such an integer
 * @example
 * const key = random.key(0);
 */
export const key = (seed: number): Key =>
  Number.isSafeInteger(seed) && seed >= 0
    ? keyOf(Math.floor(seed / 2 ** 32), seed)
    : misuse('random.key: seed', 'an integer from 0 to 2^53 - 1', seed);
