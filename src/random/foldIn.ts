import { misuse } from '../check/index.ts';
import { checkKey, type Key, keyOf, mapKey } from './key.ts';
import { threefry } from './threefry.ts';

/**
 * A new key from a key and an integer from 0 to 2^32 - 1, such as a step or a layer's index; the old key can be
 * used further. The result is that of `jax.random.fold_in`.
 *
 * @throws Error if `key` is not a key or `data` not such an integer
 * @example
 * const stepKey = random.foldIn(random.key(0), 17);
 */
export const foldIn = (key: Key, data: number): Key => {
  checkKey('random.foldIn: key', key);
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** 32) {
    misuse('random.foldIn: data', 'an integer from 0 to 2^32 - 1', data);
  }
  return mapKey(({ k0, k1 }) => {
    const out = new Int32Array(2);
    threefry(k0, k1, 0, data, 1, out);
    return keyOf(out[0]!, out[1]!);
  })(key);
};
