import { positiveInteger } from '../check/index.ts';
import { checkKey, type Key, keyOf, mapKey } from './key.ts';
import { threefry } from './threefry.ts';

/**
 * `n` new keys from one, which should not be used again itself. They are those of `jax.random.split`.
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
  mapKey(({ k0, k1 }) => {
    const out = new Int32Array(2);
    threefry(k0, k1, Math.floor(index / 2 ** 32), index, 1, out);
    return keyOf(out[0]!, out[1]!);
  });
