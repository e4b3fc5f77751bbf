import { describe, invalidArgument, positiveInteger } from '../check/index.ts';
import { type Batchable, stackBatch, unstackBatch } from '../vmap/batchable.ts';
import { threefry } from './threefry.ts';

// In the global symbol registry, so that ESM and CJS copies of the library recognize each other's keys.
const content: unique symbol = Symbol.for('tfjs-bayesian/key');
const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * The source of all randomness: an opaque, immutable value. The same key always gives the same numbers, so every
 * use needs its own key, made by `split` or `foldIn`. Inside `vmap` one key may stand for a batch.
 */
export interface Key extends Batchable {
  readonly _tag: 'Key';
  readonly toString: () => string;
}

/** The two words of a key. */
export interface Words {
  readonly k0: number;
  readonly k1: number;
  /** Watches what becomes of the key, and of those derived from it. */
  readonly watch?: KeyWatch;
}

/** What is called for a key that is watched. */
export interface KeyWatch {
  /** Another key was derived from one, by the counter of two words. */
  readonly derived: (from: Words, high: number, low: number, to: Words) => void;
  /** The words were read, as by `random.bits`: numbers may be computed from them in JavaScript. */
  readonly read: (by: string) => void;
}

/** The keys that one key stands for inside the `vmap` of a level. */
export interface KeyBatch {
  readonly level: number;
  readonly keys: readonly Key[];
}

type Content = Words | KeyBatch;

/** Whether the content of a key is a batch. */
export const isKeyBatch = (inner: Content): inner is KeyBatch => 'keys' in inner;

/** The content of a key. */
export const keyContent = (key: Key): Content => (key as Key & { readonly [content]: Content })[content];

/**
 * Whether a value is a random key.
 *
 * @example
 * isKey(random.key(0)); // true
 */
export const isKey = (value: unknown): value is Key =>
  typeof value === 'object' && value !== null && content in value;

const text = (key: Key): string => {
  const inner = keyContent(key);
  return isKeyBatch(inner)
    ? `Key(batch of ${inner.keys.length} at vmap level ${inner.level})`
    : `Key(${inner.k0}, ${inner.k1})`;
};

const unstack = (key: Key, level: number, size: number): readonly Key[] => {
  const inner = keyContent(key);
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
  isKey(item) ? item : invalidArgument('vmap: each item of a list of keys', 'a random key', item);

const make = (inner: Content): Key =>
  Object.freeze(
    Object.create(prototype, { [content]: { value: Object.freeze(inner), enumerable: true } }),
  ) as Key;

/** The key with two given words. */
export const keyFromWords = (k0: number, k1: number): Key => make({ k0: k0 >>> 0, k1: k1 >>> 0 });

/** A key with the words of another, which is watched. */
export const watchedKey = ({ k0, k1 }: Words, watch: KeyWatch): Key => make({ k0, k1, watch });

/** The key that a counter of two words derives from another. */
const derivedKey = (from: Words, high: number, low: number): Key => {
  const out = new Int32Array(2);
  threefry(from.k0, from.k1, high, low, 1, out);
  const { watch } = from;
  if (watch === undefined) return keyFromWords(out[0]!, out[1]!);
  const to = { k0: out[0]! >>> 0, k1: out[1]! >>> 0, watch };
  watch.derived(from, high, low, to);
  return make(to);
};

/** Applies a function of the words of one key to a key, or to each key of a batch. */
const mapKey =
  (f: (words: Words) => Key) =>
  (key: Key): Key => {
    const inner = keyContent(key);
    return isKeyBatch(inner) ? make({ level: inner.level, keys: inner.keys.map(mapKey(f)) }) : f(inner);
  };

const isEmptyRecord = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.keys(value).length === 0;

/** A hint how to make a key from the given value. */
const hint = (value: unknown): string => {
  // What structured clone and JSON turn a key into.
  if (isEmptyRecord(value)) {
    return '; a key sent through postMessage or JSON is empty: send random.keyData(key), restore with random.fromData';
  }
  if (Array.isArray(value) && value.length === 2) return '; random.fromData makes a key from its data';
  return typeof value === 'number' ? '; random.key makes a key from a seed' : '';
};

/**
 * The value, if it is a random key.
 *
 * @throws Error naming the argument otherwise, with a hint how to make a key from the value
 */
export const checkKey = (argument: string, value: unknown): Key => {
  if (isKey(value)) return value;
  throw new Error(`${argument} must be a random key, got ${describe(value)}${hint(value)}`);
};

/**
 * The words of the value, if it is a random key that does not stand for a batch.
 *
 * @throws Error naming the argument otherwise
 */
export const checkSingleKey = (argument: string, value: unknown): Words => {
  const inner = keyContent(checkKey(argument, value));
  if (isKeyBatch(inner)) return invalidArgument(argument, 'a single key, not a batch inside vmap', value);
  inner.watch?.read(argument.replace(/:.*/, ''));
  return inner;
};

/**
 * The key for a seed, an integer from 0 to 2^53 - 1 whose high and low 32 bits are the key's two words. For
 * seeds below 2^32 it equals `jax.random.key`.
 *
 * @throws Error if the seed is not such an integer
 * @example
 * const key = random.key(0);
 */
export const key = (seed: number): Key =>
  Number.isSafeInteger(seed) && seed >= 0
    ? keyFromWords(Math.floor(seed / 2 ** 32), seed)
    : invalidArgument('random.key: seed', 'an integer from 0 to 2^53 - 1', seed);

/**
 * `n` new keys from one, which should not be used again. Equal to `jax.random.split`.
 *
 * @throws Error if `key` is not a key or `n` not a positive integer
 * @example
 * const [weightKey, noiseKey] = random.split(random.key(0));
 */
export const split = (key: Key, n = 2): readonly Key[] => {
  checkKey('random.split: key', key);
  positiveInteger('random.split: n', n);
  return Array.from({ length: n }, (_, index) => nth(index)(key));
};

const nth = (index: number): ((key: Key) => Key) =>
  mapKey((words) => derivedKey(words, Math.floor(index / 2 ** 32), index));

/**
 * A new key from a key and an integer from 0 to 2^32 - 1, such as a step or a layer's index. The old key can be
 * used again. Equal to `jax.random.fold_in`.
 *
 * @throws Error if `key` is not a key or `data` not such an integer
 * @example
 * const stepKey = random.foldIn(random.key(0), 17);
 */
export const foldIn = (key: Key, data: number): Key => {
  checkKey('random.foldIn: key', key);
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** 32) {
    invalidArgument('random.foldIn: data', 'an integer from 0 to 2^32 - 1', data);
  }
  return mapKey((words) => derivedKey(words, 0, data))(key);
};

/** A key as plain data: its two words, each an integer from 0 to 2^32 - 1. */
export type KeyData = readonly [high: number, low: number];

/**
 * A key as plain data, which survives `postMessage`, JSON, IndexedDB and a queue unchanged, unlike the key itself;
 * `random.fromData` restores the key. The two numbers are those of `jax.random.key_data`.
 *
 * @throws Error if `key` is not a key, or stands for a batch inside `vmap`
 * @example
 * console.log(JSON.stringify(random.keyData(random.key(42)))); // [0,42]
 */
export const keyData = (key: Key): KeyData => {
  const { k0, k1 } = checkSingleKey('random.keyData: key', key);
  return Object.freeze([k0, k1] as const);
};

const isWord = (value: unknown): boolean => Number.isInteger(value) && (value as number) >>> 0 === value;

/**
 * Restores a key from the output of `random.keyData`, bit for bit. As in `jax.random.wrap_key_data`, any two words
 * are a key.
 *
 * @throws Error if `data` is not a list of two integers from 0 to 2^32 - 1
 * @example
 * const [weights, noise] = random.split(random.key(0));
 * const sent: random.KeyData = JSON.parse(JSON.stringify(random.keyData(noise!)));
 * console.log(String(random.fromData(sent)) === String(noise)); // true
 */
export const fromData = (data: KeyData): Key =>
  Array.isArray(data) && data.length === 2 && data.every(isWord)
    ? keyFromWords(data[0], data[1])
    : invalidArgument(
        'random.fromData: data',
        'two integers from 0 to 2^32 - 1, as random.keyData returns',
        data,
      );
