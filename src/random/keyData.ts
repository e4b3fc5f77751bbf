import { checkSingleKey, type Key } from './key.ts';

/** A key as plain data: its two words, each an integer from 0 to 2^32 - 1. */
export type KeyData = readonly [high: number, low: number];

/**
 * A key as plain data, which `postMessage`, JSON, IndexedDB and a queue carry unchanged; `random.fromData` makes the
 * same key of it again. A key itself does not survive them. The two numbers are those of `jax.random.key_data`.
 *
 * @throws Error if `key` is not a key, or stands for a batch inside `vmap`
 * @example
 * console.log(JSON.stringify(random.keyData(random.key(42)))); // [0,42]
 */
export const keyData = (key: Key): KeyData => {
  const { k0, k1 } = checkSingleKey('random.keyData: key', key);
  return Object.freeze([k0, k1] as const);
};
